import type { Ack } from "../../protocol/ack.ts";
import type { Message } from "../../protocol/message.ts";
import type { MessageBody } from "../../protocol/message_body.ts";
import type { NostrEvent } from "../../protocol/nostr_event.ts";
import type { ChainMemory } from "../claims/claim_model.ts";

/** What is kept of a conversation. One with a primary is the only one with it. */
export interface ConversationRecord {
  primary: string;
  state: "accepted" | "request" | "blocked" | "key_changed";
  /** What the peer's registry confirmed, pinned at first contact. Null until then. */
  contact: { handle: string; server: string; relays: string[] } | null;
  /** `handle@server` as the peer says it; never shown. */
  claimedHandle: string | null;
  beganAtMs: number;
  /** The newest message. */
  last: LastMessage | null;
  unread: number;
  hasReplied: boolean;
  /** What a request holds, so that a stranger cannot fill the disk. Zero once accepted. */
  requestCount: number;
  requestBytes: number;
  /** The owner's own name for the peer; null for none. */
  nickname: string | null;
  /** True once the owner has compared the safety number. */
  isVerified: boolean;
  isMuted: boolean;
  isPinned: boolean;
  isArchived: boolean;
  /** The owner wants to come back to it, although all of it was read. */
  isMarkedUnread: boolean;
  /** Words that were typed and not sent. */
  draft: string;
  /** After how many seconds new messages disappear; null for never. */
  timerS: number | null;
  /** When that was set, by the owner or by the message that brought it; 0 for never. */
  timerAtMs: number;
  /** True where the owner chose it on this device and no message has told it since. */
  isTimerUntold: boolean;
  /** When the newest message of the peer that was read was sent. */
  readToMs: number;
  /** The same, as other devices of the owner said: what is not newer was seen there, also where it comes here later. */
  readElsewhereToMs: number;
  /** Ids of messages that were read, of which the peer has still to be told. */
  receiptsDue: string[];
  /** Ids of own messages that the peer has read, and whose copies have still to come from another device. */
  earlyReceipts: string[];
  /** Events of own messages that left from this device, of which the other ones have still to be told. */
  untoldEvents: { id: string; eventId: string }[];
  /** The relay over which the peer's last mail came. */
  peerRelay: string | null;
  /** The peer's nostr key, 64 hex, as its registry proves it; null for none. */
  peerNostr: string | null;
  /** What the peer's own list says it reads, and the Unix seconds of that list; null where none was found. (NIP-65) */
  listedRelays: { urls: string[]; createdAtS: number } | null;
  /** What the peer publishes of itself; null where nobody was asked yet. */
  profile: PeerProfile | null;
  /** True for somebody blocked who was never accepted: once unblocked, they ask again. */
  isStranger: boolean;
  /** When the owner last changed what all devices share of the conversation, on whichever device; 0 for never. */
  changedAtMs: number;
  /** What the owner's other devices know of these times. */
  shared: { changedAtMs: number; timerAtMs: number; readToMs: number };
  /** Whom the registry names for the pinned handle now, where that is somebody else; null otherwise. */
  successor: { primary: string; relays: string[] } | null;
  /** The identities that had the handle before, each with the time of its last message; the oldest first. */
  predecessors: { primary: string; untilMs: number }[];
  /** The code of an invitation that the next message shows; null for none. */
  inviteCode: string | null;
  /** What the peer and its server have said of the peer's chain. */
  chain: ChainMemory;
}

/** What is known of how a peer shows itself. (Specification page 5) */
export interface PeerProfile {
  /** When a relay was last asked for it and answered; 0 for never. */
  checkedAtMs: number;
  /** The event that it was read from; null where there is none. */
  event: { id: string; createdAtS: number } | null;
  displayName: string | null;
  picture: PeerPicture | null;
  /** What descrambles the picture, hex, as the profile has it for the owner; null for none. */
  pictureKey: string | null;
  /** The same, as the peer told it by message, for the picture with this salt. */
  toldKey: { salt: string; key: string; atMs: number } | null;
  /** Names the picture that is kept on this device and shown; null for none. */
  shown: string | null;
}

/** Where a picture lies, and what it has to be. */
export interface PeerPicture {
  /** Without a fragment. */
  url: string;
  /** Of the bytes that lie there, hex. */
  sha256: string;
  /** How it is scrambled, `salt` as 32 hex; null for one that everybody sees. */
  visual: { version: "kez-visual-v1" | "kez-visual-v2"; salt: string } | null;
}

export interface LastMessage extends MessageOrder {
  key: string;
  preview: string;
  status: DeliveryStatus | null;
  /** True where its author deleted it for all. */
  isDeleted?: boolean;
  /** What it brings, where that is a file. */
  file?: "picture" | "voice" | "file";
}

export type DeliveryStatus = "sending" | "sent" | "delivered" | "read" | "failed";

/** Where a message stands in its conversation: by time in milliseconds, then by arrival. */
export interface MessageOrder {
  atMs: number;
  arrival: number;
}

/** What is kept of a message. (`from`, `id`) names it. */
export interface MessageRecord extends MessageOrder {
  id: string;
  from: string;
  /** The primary of the conversation that it stands in. */
  peer: string;
  body: MessageBody;
  /** Of own messages only. */
  status: DeliveryStatus | null;
  /** The relay's words where it refused the message. */
  failure: string | null;
  /** Event ids under which it went out, or came in. */
  eventIds: string[];
  /** True of an own message that left from another device. */
  isCopy: boolean;
  /** Tells the same signed document from another one under its id. */
  digest: string;
  /** Size of the signed document. */
  bytes: number;
  /** Relays that took it, or over which it came; the first one first. */
  relays: string[];
  /** At most one of each side. */
  reactions: ReactionRecord[];
  /** What the author made of it last. */
  edit: { text: string; atMs: number } | null;
  /** When its author deleted it for all; the body is empty then. */
  deletedAtMs: number | null;
  /** When the owner first saw a peer's message; null for one that was not read, and for own ones. */
  seenAtMs: number | null;
  /** When it disappears from this device; null for never, and until it was first shown. */
  expiresAtMs: number | null;
}

/** What somebody feels about a message; `emoji` is empty where it was taken back. */
export interface ReactionRecord {
  from: string;
  emoji: string;
  atMs: number;
}

/** What somebody did to the message with the id `target`, and when, by the clock of whoever did it. */
export type MessageAction =
  & { from: string; target: string; atMs: number }
  & (
    | { kind: "reaction"; emoji: string }
    | { kind: "edit"; text: string }
    | { kind: "delete" }
  );

/** An action whose message has not come yet. Of one person and one kind the last is kept. */
export interface PendingAction {
  /** The primary of the conversation. */
  peer: string;
  action: MessageAction;
  cameAtMs: number;
}

/**
 * Something that has to reach a relay. `message`: to the peer; `quiet`: to the peer or, of what only the own devices
 * share, to them, and nobody is shown how it fares; `copy`: of either, to the own devices; `ack`: of a peer's message.
 */
export interface OutboxEntry {
  type: "message" | "quiet" | "copy" | "ack";
  /** Names the message that it is or copies; of an ack, who sent the acked message, and the id of its event. */
  from: string;
  id: string;
  /** The primary of the conversation that it belongs to. */
  peer: string;
  /** The primary to which it is sealed. */
  reader: string;
  document: Message | Ack;
  /** Entries to one reader leave in this order. */
  order: number;
  queuedAtMs: number;
  /**
   * The last sealing, and when that was; null before the first attempt. `ownKeyEvent` is another one, signed by the own key,
   * for relays that refuse unknown authors.
   */
  sealed: { event: NostrEvent; ownKeyEvent?: NostrEvent; atMs: number } | null;
  /** True after a relay refused it for good: it waits for a person's retry. */
  isRefused: boolean;
  /** True while its file is not at the server yet: until then it does not leave. */
  isHeld?: boolean;
  /** True once an own relay keeps it for its reader; it is tried on until one that the reader is known to read takes it. */
  isSpare?: boolean;
}
