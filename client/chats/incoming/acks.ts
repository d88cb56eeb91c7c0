import { signAck } from "../../../protocol/ack.ts";
import { isKnownBody, type MessageBody } from "../../../protocol/message_body.ts";
import type { MessageRecord, OutboxEntry } from "../../storage/chat_records.ts";
import type { Ledger } from "../ledger.ts";
import { MAX_REQUEST_MESSAGES } from "./request_limits.ts";

/** Who acks. */
export interface Acking {
  ledger: Ledger;
  identitySecret: Uint8Array;
  nowMs(): number;
}

/** True for the bodies that are acked. (Specification page 2, "Ack") */
export function isAckable(body: MessageBody): boolean {
  return isKnownBody(body) && (body.kind === "text" || body.kind === "attachment");
}

/** The ack of a peer's message that came in an event, ready for the outbox. */
export function ackEntry(
  { from, id, peer }: Pick<MessageRecord, "from" | "id" | "peer">,
  { ledger, identitySecret, nowMs, eventId }: Acking & { eventId: string },
): OutboxEntry {
  const ackedAtMs = nowMs();
  return {
    type: "ack",
    from,
    id: eventId,
    peer,
    reader: from,
    document: signAck({ to: from, eventId, messageId: id, ackedAtMs }, identitySecret),
    order: ledger.nextArrival(),
    queuedAtMs: ackedAtMs,
    sealed: null,
    isRefused: false,
  };
}

/** The acks of everything that a request holds, due when it is accepted. */
export async function acceptanceEntries(primary: string, acking: Acking): Promise<OutboxEntry[]> {
  const limit = MAX_REQUEST_MESSAGES;
  const messages = await acking.ledger.storage.newestMessages(primary, { limit });
  return messages.flatMap((message) => {
    const eventId = message.eventIds.at(-1);
    const isDue = message.from === primary && eventId !== undefined && isAckable(message.body);
    return isDue ? [ackEntry(message, { ...acking, eventId })] : [];
  });
}
