import { isKnownBody, type MessageBody } from "../../../protocol/message_body.ts";
import type { MessageRecord } from "../../storage/chat_records.ts";

/** Whoever asks for more gets this: a year, in seconds. */
const MAX_TIMER_S = 365 * 24 * 60 * 60;

/** True for bodies that say how long they stay; saying nothing is for ever. */
export function isTimed(body: MessageBody): body is MessageBody & { expires_in?: number } {
  return isKnownBody(body) && (body.kind === "text" || body.kind === "attachment");
}

/** How long a message stays once it was first shown, in seconds; null for ever. (Specification page 2, `expires_in`) */
export function expiresInS(body: MessageBody): number | null {
  const seconds = isTimed(body) ? body.expires_in : undefined;
  return seconds === undefined ? null : Math.min(seconds, MAX_TIMER_S);
}

/** The message with its time running from `sinceMs` on, where it has one that does not run yet. */
export function withRunningTimer(message: MessageRecord, sinceMs: number): MessageRecord {
  const seconds = expiresInS(message.body);
  if (seconds === null || message.expiresAtMs !== null) return message;
  return { ...message, expiresAtMs: sinceMs + seconds * 1000 };
}
