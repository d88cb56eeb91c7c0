import type { ClaimsOfPeople } from "../../claims/claim_model.ts";
import type { Invite } from "../../contacts/invite.ts";
import type { PushDevices } from "../../push/push_model.ts";
import type { ConnectionView } from "./connection_model.ts";
import type { ConversationChanges, ConversationView } from "./conversation_model.ts";
import type { Forward } from "./file_model.ts";
import type { ProfileModel } from "./profile_model.ts";
import type { SearchQuery, SearchResult } from "./search_model.ts";
import type { Thread } from "./thread_model.ts";

/** What the owner has chosen for all chats. */
export interface PreferencesView {
  /** Tell contacts that their messages were read. */
  readReceipts: boolean;
  /** Tell contacts that a message is being typed, and show that they do. */
  typing: boolean;
  /** Show which relay took the newest own message first. */
  showVia: boolean;
  /** Whether events to relays that refuse unknown authors are signed by the own key. */
  usesOwnKey: boolean;
  /** Whether this device shall tell of new messages; what the browser allows is another matter. */
  notifications: boolean;
}

/** How far a backup is. `total` is null while that is not known. */
export interface BackupProgress {
  kind: "export" | "import";
  /** Messages. */
  done: number;
  total: number | null;
}

/** What a backup brought that was not there before. */
export interface ImportOutcome {
  conversations: number;
  messages: number;
}

/** How much a conversation takes up on this device. */
export interface ConversationUse {
  primary: string;
  messages: number;
}

/**
 * Everything that the screens of chats need. Of its methods the same is asked as of a thread's; one that is given a secret
 * is listed in `tabs/following.ts`, and never leaves the tab.
 */
export interface Chats extends ClaimsOfPeople, ProfileModel, PushDevices {
  readonly isLoaded: boolean;
  /** Note to self first, then pinned ones, then newest first; archived ones are in it, blocked ones are not. */
  readonly conversations: readonly ConversationView[];
  /** The blocked ones, by name. */
  readonly blocked: readonly ConversationView[];
  readonly connection: ConnectionView;
  readonly preferences: PreferencesView;
  /**
   * Finds or begins the conversation with a handle as typed; the own handle is Note to self.
   *
   * @returns the conversation's `peer`
   * @throws UserError `invalid_handle`, `unknown_handle`, `no_network`, and what else a look-up says
   */
  startChat(input: string): Promise<string>;
  /**
   * Sends what a message says in a conversation that need not be open.
   *
   * @throws UserError, see {@link Thread.send}, {@link Thread.sendFile} and {@link Thread.openFile}
   */
  forward(peer: string, message: Forward): Promise<void>;
  /** The thread of a `peer`; null where there is no such conversation. Close it when it leaves the screen. */
  openThread(peer: string): Promise<Thread | null>;
  accept(peer: string): Promise<void>;
  block(peer: string): Promise<void>;
  unblock(peer: string): Promise<void>;
  /** Gives a peer a name of the owner's own; null, or nothing but spaces, takes it back. */
  rename(peer: string, nickname: string | null): Promise<void>;
  /** The owner has compared the safety number, or takes that back. */
  setVerified(peer: string, isVerified: boolean): Promise<void>;
  /**
   * Goes on with the identity that the peer's handle has now; the history stays. What waited for the old one fails, for
   * a retry. (Specification page 1, "Who is who")
   *
   * @param primary the identity that the owner was shown
   * @returns the conversation's `peer`
   * @throws UserError `key_changed` where it is another one meanwhile
   */
  acceptKey(peer: string, primary: string): Promise<string>;
  /**
   * Finds or begins the conversation with an identity of the home server.
   *
   * @returns the conversation's `peer`
   * @throws UserError `unknown_handle`, `no_network`, and what else a look-up says
   */
  startChatWith(primary: string): Promise<string>;
  /**
   * Finds or begins the conversation with whoever invites; the first message carries the code, and needs no acceptance.
   *
   * @returns the conversation's `peer`
   * @throws UserError `invite_mismatch` where the handle is not the inviter's (any more), and what a look-up says
   */
  acceptInvite(invite: Invite): Promise<string>;
  /** The own invitation that is open, or a new one. With `isRenewed` those that were given out before end. */
  openInvite(options: { isRenewed: boolean }): Promise<Invite>;
  deleteConversation(peer: string): Promise<void>;
  /** Tries one relay at once, or all of them. */
  retryConnection(url?: string): void;
  /**
   * Puts a relay on the own list.
   *
   * @param input a URL, or a host alone
   * @throws UserError `invalid_relay`, `too_many_relays`, `storage_failed`
   */
  addRelay(input: string): Promise<void>;
  /** Takes a relay off the own list; the home relay stays. @throws UserError `storage_failed` */
  removeRelay(url: string): Promise<void>;
  /** Goes back to what the home server recommends. @throws UserError `storage_failed` */
  resetRelays(): Promise<void>;
  /** Mutes, pins, archives, and the like; a request has to be answered first. @throws UserError `storage_failed` */
  changeConversation(peer: string, changes: ConversationChanges): Promise<void>;
  /** @throws UserError `storage_failed` */
  changePreferences(changes: Partial<PreferencesView>): Promise<void>;
  /** Grows whenever the same search may find something else. */
  readonly searchRevision: number;
  /** Finds messages on this device. @throws UserError `storage_failed`, `no_network` */
  searchMessages(query: SearchQuery): Promise<SearchResult>;
  /** Null while no backup is made or read. */
  readonly backup: BackupProgress | null;
  /**
   * Everything that chats keep, in a file that the passphrase opens; null where it was cancelled.
   *
   * @throws UserError `storage_failed`, `no_network`
   */
  exportBackup(passphrase: string): Promise<Blob | null>;
  /**
   * Merges a backup into what is here, without doubling anything; null where it was cancelled.
   *
   * @throws UserError `not_a_backup`, `backup_passphrase`, `backup_damaged`, `backup_newer`, `backup_other_account`,
   * `storage_failed`, `no_network`
   */
  importBackup(source: { file: Blob; passphrase: string }): Promise<ImportOutcome | null>;
  cancelBackup(): Promise<void>;
  /** The largest conversations first. @throws UserError `storage_failed` */
  storageUse(): Promise<ConversationUse[]>;
  /** How many messages are from before a time, in milliseconds since 1970. @throws UserError `storage_failed` */
  countOlder(beforeMs: number): Promise<number>;
  /** Removes them from this device. @returns how many went @throws UserError `storage_failed` */
  deleteOlder(beforeMs: number): Promise<number>;
}
