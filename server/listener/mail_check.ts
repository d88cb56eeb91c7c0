import { isHex } from "../../protocol/bytes.ts";
import { isEnvelope } from "../../protocol/envelope.ts";
import { eventId, KIND, type NostrEvent } from "../../protocol/nostr_event.ts";

/** What is older raises no push. (Specification page 4) */
export const MAX_AGE_S = 24 * 3600;
const MAX_FUTURE_S = 15 * 60;

/** What an outside relay's event is, its signature aside: mail to an addr, mail that comes too late, or nothing that was asked for. */
export type MailVerdict = { type: "mail"; addr: string } | { type: "stale" } | { type: "wrong" };

/** Judges an event by everything that costs little. */
export function checkMail(event: NostrEvent, nowS: number): MailVerdict {
  if (event.kind !== KIND.message) return { type: "wrong" };
  const readers = event.tags.filter((tag) => tag[0] === "q");
  const addr = readers[0]?.[1] ?? "";
  if (readers.length !== 1 || event.tags.length > 2 || !isHex(addr, 32)) return { type: "wrong" };
  if (event.created_at > nowS + MAX_FUTURE_S) return { type: "wrong" };
  if (event.created_at < nowS - MAX_AGE_S) return { type: "stale" };
  if (!isEnvelope(event.content) || eventId(event) !== event.id) return { type: "wrong" };
  return { type: "mail", addr };
}
