import type { FileKind } from "../../attachments/file_kind.ts";
import type { ChainWarning } from "../../claims/claim_model.ts";
import type { MessageStatus } from "./message_model.ts";

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
