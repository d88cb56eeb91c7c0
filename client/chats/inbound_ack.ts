import type { Ack } from "../../protocol/ack.ts";
import type { NostrEvent } from "../../protocol/nostr_event.ts";
import { type Change, STRANGERS } from "../storage/chat_changes.ts";
import { isForward, withStatus } from "./conversation_changes.ts";
import { withRunningTimer } from "./disappearing.ts";
import type { Outcome } from "./inbound_outcome.ts";
import type { Ledger } from "./ledger.ts";

/**
 * What a verified ack changes: the message that went out under its event id becomes `delivered`, where the ack is by the
 * peer of that message's conversation and names that message. Any other is dropped. (Specification page 2, "Ack")
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
  if (!fits) return { changes: [seen(STRANGERS)], dropped: "forged_ack" };
  if (!isForward(acked.status, "delivered")) return { changes: [seen(acked.peer)] };
  const message = withRunningTimer({ ...acked, status: "delivered", failure: null }, nowMs());
  const changes: Change[] = [seen(acked.peer), { put: "message", message }];
  const conversation = ledger.conversation(acked.peer);
  if (conversation) {
    const heard = { ...conversation, peerRelay: relayUrl };
    const changed = withStatus(heard, { message, isOwn: true });
    changes.push({ put: "conversation", conversation: changed });
  }
  return { changes };
}
