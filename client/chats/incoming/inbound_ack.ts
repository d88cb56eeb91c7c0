import type { Ack } from "../../../protocol/ack.ts";
import type { NostrEvent } from "../../../protocol/nostr_event.ts";
import { type Change, STRANGERS } from "../../storage/chat_changes.ts";
import { isForward, withStatus } from "../conversation/conversation_changes.ts";
import { asDelivered, earlyChanges, loadEarly, withEarly } from "./early_deliveries.ts";
import type { Outcome } from "./inbound_outcome.ts";
import type { Ledger } from "../ledger.ts";

/**
 * What a verified ack changes: the message that went out under its event id becomes `delivered`, where the ack is by the
 * peer of that message's conversation and names that message. Of a message that another own device has sent it waits for
 * that one to tell its events. Any other is dropped. (Specification page 2, "Ack")
 */
export async function ackChanges(
  { payload }: Ack,
  { event, relayUrl, ledger, primary, nowMs }: {
    event: NostrEvent;
    relayUrl: string;
    ledger: Ledger;
    primary: string;
    nowMs(): number;
  },
): Promise<Outcome> {
  const seen = (pool: string): Change => ({
    put: "seen_event",
    eventId: event.id,
    pool,
    atMs: nowMs(),
  });
  const acked = await ledger.storage.messageOfEvent(payload.event_id);
  const fits = acked?.from === primary && acked.id === payload.message_id &&
    acked.peer === payload.from;
  if (!fits) {
    const early = acked ? null : await earlyAckChanges(payload, { ledger, primary });
    if (!early) return { changes: [seen(STRANGERS)], dropped: "forged_ack" };
    return { changes: [seen(STRANGERS), ...early] };
  }
  if (!isForward(acked.status, "delivered")) return { changes: [seen(acked.peer)] };
  const message = asDelivered(acked, nowMs());
  const changes: Change[] = [seen(acked.peer), { put: "message", message }];
  const conversation = ledger.conversation(acked.peer);
  if (conversation) {
    const heard = { ...conversation, peerRelay: relayUrl };
    const changed = withStatus(heard, { message, isOwn: true });
    changes.push({ put: "conversation", conversation: changed });
  }
  return { changes };
}

/** Keeps an ack of a message that did not leave from here, as far as is known; null for any other. */
async function earlyAckChanges(
  { from: to, message_id: id, event_id }: Ack["payload"],
  { ledger, primary }: { ledger: Ledger; primary: string },
): Promise<Change[] | null> {
  if (to === primary || ledger.conversation(to)?.state === "blocked") return null;
  const known = await ledger.storage.message({ from: primary, id });
  const isFromElsewhere = known
    ? known.isCopy && known.peer === to
    : await ledger.storage.takenDigest({ from: primary, id }) === null;
  if (!isFromElsewhere) return null;
  // It is further already: the peer's receipt came before.
  if (known && !isForward(known.status, "delivered")) return [];
  const before = await loadEarly(ledger);
  return earlyChanges(before, withEarly(before, { acks: [{ to, id, event_id }] }));
}
