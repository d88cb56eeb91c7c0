import type { FileKind } from "../attachments/file_kind.ts";
import type { ChainWarning, ClaimsOfPeople } from "../claims/claim_model.ts";
import type { Invite } from "../contacts/invite.ts";
import type { PushDevices } from "../push/push_model.ts";
import type { FileView, Forward, OutgoingFile } from "./file_model.ts";
import type { ProfileModel } from "./profile_model.ts";
import type { SearchQuery, SearchResult } from "./search_model.ts";

/**
 * Where an outbound message stands; it never goes backwards, except that a retry turns `failed` into `sending`.
 * (Specification page 2, "Status of an outbound message")
 */
export type MessageStatus = "sending" | "sent" | "delivered" | "read" | "failed";

/** One message as a thread shows it. Views are replaced, never changed in place. */
export interface MessageView {
  /** Names the message within this device; stable over reloads. */
  key: string;
  /** 32 hex, the sender's id of the message. */
  id: string;
  isOwn: boolean;
  /** What is written in it: of an attachment its caption; empty for none. */
  text: string;
  kind: "text" | "attachment" | "unsupported" | "deleted";
  /** There where `kind` is `attachment`. */
  file?: FileView;
  /** How much of an own file is uploaded, from 0 to 1; missing where nothing is being uploaded. */
  upload?: number;
  /** How much of a file is downloaded, from 0 to 1; missing where nothing is being downloaded. */
  download?: number;
  /** What the sender says to show where the kind is not known. */
  fallback: string | null;
  /** When it was sent, in milliseconds since 1970; never after the moment it arrived here. */
  atMs: number;
  /** Null for messages of others. A note to self ends as `sent`. */
  status: MessageStatus | null;
  /** The relay's own words where it refused a `failed` message; null where none answered. */
  failure: string | null;
  /** Relays that took it, or over which it came; the first one first. */
  relays: readonly string[];
  /** How many seconds it stays once it was first shown; null for ever, undefined where the kind does not say. */
  expiresInS?: number | null;
  /** The message that it answers; null for none. */
  quote: QuoteView | null;
  /** At most one of each side, the earlier one first. */
  reactions: readonly ReactionView[];
  isEdited: boolean;
}

/** What an answer shows of the message that it is to, as that is now. */
export interface QuoteView {
  /** Null where it is `missing`: not here, or not any more. */
  key: string | null;
  isOwn: boolean;
  kind: MessageView["kind"] | "missing";
  /** What it says, in one line; empty where there is nothing to read. */
  line: string;
  /** Where it is of an attachment. */
  file?: FileKind;
  /** Where it is of a picture that brings one, see `FileView`. */
  thumbhash?: string;
}

/** What one side feels about a message; one grapheme. */
export interface ReactionView {
  emoji: string;
  isOwn: boolean;
}

/** What is known of a message's way. Times are milliseconds since 1970. */
export interface MessageDetails {
  isOwn: boolean;
  sentAtMs: number;
  /** When it came to this device; null for own ones. */
  arrivedAtMs: number | null;
  /** Null where it was not edited. */
  editedAtMs: number | null;
  status: MessageStatus | null;
  /** Those that took it, or that brought it; the first one first. */
  relays: readonly string[];
}

/** What may be done in a conversation: chat, answer a request, nothing, or look at a changed key first. */
export type ConversationState = "accepted" | "request" | "blocked" | "key_changed";

/** One line of the conversation list, and the head of its thread. Views are replaced, never changed in place. */
export interface ConversationView {
  /** Path segment: the handle, the fqhn of a foreign one, or the primary while no registry has confirmed a handle. */
  peer: string;
  /** The owner's own name for the peer, else the peer's, else the handle, else the short form of the primary. */
  title: string;
  /** The handle that its registry confirmed; null until then. */
  handle: string | null;
  /** The owner's own name for the peer; null for none. */
  nickname: string | null;
  /** True once the owner has compared the safety number, of this very identity. */
  isVerified: boolean;
  /** In state `key_changed`: the primary that the handle has now, where it is known. */
  successor: string | null;
  /** After which times another identity writes under the handle, with the owner's consent; the oldest first. */
  keyChangesAtMs: readonly number[];
  /** The server of a foreign handle; null for the home server or where none is known. */
  server: string | null;
  primary: string;
  /** Names the picture of the peer that is kept here, see {@link Chats.picture}; null for none. */
  picture: string | null;
  /** Note to self. */
  isSelf: boolean;
  state: ConversationState;
  /** The newest message in one line; empty where there is none. */
  preview: string;
  /** True where the newest message was deleted by its author: there is nothing left to preview. */
  isLastDeleted: boolean;
  /** What the newest message brings, where that is a file; null for none. */
  lastFile: FileKind | null;
  /** When the newest message was sent, or the conversation was begun; milliseconds since 1970. */
  lastAtMs: number;
  unread: number;
  /** Status of the newest message where it is an own one. */
  lastStatus: MessageStatus | null;
  /** True once the peer has written at least one message. */
  hasReplied: boolean;
  isMuted: boolean;
  isPinned: boolean;
  isArchived: boolean;
  /** The owner wants to come back to it, although nothing in it is unread. */
  isMarkedUnread: boolean;
  /** Words that were typed and not sent; empty for none. */
  draft: string;
  /** How many seconds new messages stay once they were read; null for ever. */
  timerS: number | null;
  /** True where the owner chose it, and no message has told the peer of it yet. */
  isTimerUntold: boolean;
  /** True while the peer writes a message. */
  isTyping: boolean;
  /** What is wrong with the public list of the peer's claims, as its server shows it; null for nothing. */
  chainWarning: ChainWarning | null;
}

/** What the owner may change of a conversation; a member that is missing stays as it is. */
export type ConversationChanges = Partial<
  Pick<ConversationView, "isMuted" | "isPinned" | "isArchived" | "isMarkedUnread" | "timerS">
>;

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

/** `waiting`: the relay does not answer, or there is no network. `refused`: the relay does not take this account. */
export type RelayState = "connected" | "connecting" | "waiting" | "refused";

/** How the own relays stand taken together. `waiting`: there is no network. `away`: there is one, and none of them answers. */
export type ConnectionState = RelayState | "away";

/** One relay. */
export interface RelayView {
  url: string;
  state: RelayState;
  /** The relay's own words where it refused this account. */
  reason: string | null;
  /** True for one of the own list, which is read; false for one to which mail goes at present. */
  isOwn: boolean;
  isHome: boolean;
  /** The relay's own words where it takes no mail of people that it does not know; it is left alone for a day. */
  refusal: string | null;
}

/** The state of every relay in use. */
export interface ConnectionView {
  /** `connected` as soon as one own relay is. */
  state: ConnectionState;
  /** The own list, the home relay first; then others. */
  relays: RelayView[];
  /** How many of the own relays take mail, those that are away included; with one of them, nothing arrives while it is away. */
  takerCount: number;
  /** True while the own list is what the home server recommends. */
  isDefaultList: boolean;
}

/** What {@link Thread.send} may be told. */
export interface SendOptions {
  /** 32 hex, the message's id; drawn where none is given. A message that was queued under it before is not queued again. */
  id?: string;
  /** The key of the message that it answers. */
  replyTo?: string;
}

/**
 * An open thread: a bounded piece of its messages, which moves where it is asked to.
 *
 * Methods take and return what can be cloned, and may be called twice for one wish, because a tab may end before it has
 * answered: they say what shall be, and never toggle; what makes something new is told its id.
 */
export interface Thread {
  readonly conversation: ConversationView;
  /** Oldest first; the loaded piece, at first the newest ones. */
  readonly messages: readonly MessageView[];
  readonly hasOlder: boolean;
  readonly hasNewer: boolean;
  /** The newest message of the conversation, loaded or not. */
  readonly newest: MessageView | null;
  /** How many messages of the peer have come since the thread was opened. */
  readonly arrivedCount: number;
  loadOlder(): Promise<void>;
  loadNewer(): Promise<void>;
  /** Loads the messages around one; false where it is not there, or not any more. */
  showAround(messageKey: string): Promise<boolean>;
  /** Loads the newest messages again, where they are not. */
  showLatest(): Promise<void>;
  /**
   * Shows the message at once, and resolves once it is queued on disk.
   *
   * @throws UserError `message_too_long`, `key_changed`, `storage_failed`
   */
  send(text: string, options?: SendOptions): Promise<void>;
  /**
   * Sends a file: its message is shown at once, and leaves once the file is uploaded.
   *
   * @throws UserError `file_too_large`, and what {@link send} throws
   */
  sendFile(file: OutgoingFile, options: SendOptions & { id: string }): Promise<void>;
  /**
   * The file of a message, of a type that may be shown, or of none. Null where the message is not here any more, or its
   * download was cancelled.
   *
   * @throws UserError `file_gone`, `file_damaged`, `file_too_large`, `no_network`, `storage_failed`
   */
  openFile(messageKey: string): Promise<Blob | null>;
  /** Ends the download of a message's file; what waits for it is given null. */
  cancelDownload(messageKey: string): Promise<void>;
  /**
   * What the owner feels about a message; empty for nothing (any more).
   *
   * @param emoji one grapheme
   * @throws UserError `key_changed`, `storage_failed`
   */
  react(messageKey: string, emoji: string): Promise<void>;
  /**
   * Gives an own text other words, at the peer too.
   *
   * @throws UserError `message_too_long`, `key_changed`, `storage_failed`
   */
  edit(messageKey: string, text: string): Promise<void>;
  /**
   * Deletes an own message for all, or any message on this device alone.
   *
   * @throws UserError `key_changed`, `storage_failed`
   */
  deleteMessage(messageKey: string, options: { isForAll: boolean }): Promise<void>;
  /** Null where the message is not here any more. @throws UserError `storage_failed` */
  details(messageKey: string): Promise<MessageDetails | null>;
  /** Sends a failed message again, under the same id. */
  retry(messageKey: string): Promise<void>;
  /**
   * What was really seen: everything, or all up to a message. Contacts are told of it where that is wanted.
   *
   * @throws UserError `storage_failed`
   */
  markRead(upToMessageKey?: string): Promise<void>;
  /** Keeps unsent words; written to disk a moment later. */
  setDraft(text: string): void;
  /** The owner types: the peer is told now and then, where that is wanted. Never rejects. */
  tellTyping(): Promise<void>;
  close(): void;
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
