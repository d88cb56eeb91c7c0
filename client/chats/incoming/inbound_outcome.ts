import type { ProtocolErrorCode } from "../../../protocol/errors.ts";
import type { Change } from "../../storage/chat_changes.ts";
import type { OutboxEntry } from "../../storage/chat_records.ts";

/** What came and was not taken, by reason; counted since the start. */
export type DropCounts = Partial<Record<DropReason, number>>;
export type DropReason =
  | ProtocolErrorCode
  | "foreign_event"
  | "forged_ack"
  | "replay"
  | "quiet_kind"
  | "fault";

/** What an inbound event comes to. */
export interface Outcome {
  changes: Change[];
  /** Acks that the changes put into the outbox. */
  entries?: OutboxEntry[];
  dropped?: DropReason;
  /** Primaries that are blocked by now: what waits for them is let go. */
  cutOff?: string[];
  /** Whose handles may now be asked for, by primary. */
  unconfirmed?: string | string[];
}
