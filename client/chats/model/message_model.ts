import type { FileKind } from "../../attachments/file_kind.ts";
import type { FileView } from "./file_model.ts";

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
