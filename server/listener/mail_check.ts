import { isHex } from "../../protocol/bytes.ts";
import { isEnvelope } from "../../protocol/envelope.ts";
import { eventId, KIND, type NostrEvent } from "../../protocol/nostr_event.ts";

/** What is older raises no push. (Specification page 4) */
export const MAX_AGE_S = 24 * 3600;
const MAX_FUTURE_S = 15 * 60;

/**
 * What an outside relay's event is, its signature aside: mail to an addr; what raises no push, which is its author's doing and
 * not the relay's; or what no honest relay gives as an answer.
 */
export type MailVerdict = { type: "mail"; addr: string } | { type: "unfit" } | { type: "wrong" };

/** Judges an event by everything that costs little. */
export function checkMail(event: NostrEvent, nowS: number): MailVerdict {
  const readers = event.tags.filter((tag) => tag[0] === "q");
  if (event.kind !== KIND.message || readers.length === 0) return { type: "wrong" };
  const addr = readers[0]![1] ?? "";
  const isMail = readers.length === 1 && event.tags.length <= 2 && isHex(addr, 32) &&
    isEnvelope(event.content);
  const isTimely = event.created_at <= nowS + MAX_FUTURE_S && event.created_at >= nowS - MAX_AGE_S;
  if (!isMail || !isTimely) return { type: "unfit" };
  return eventId(event) === event.id ? { type: "mail", addr } : { type: "wrong" };
}
