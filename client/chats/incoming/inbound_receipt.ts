import type { KnownMessageBody } from "../../../protocol/message_body.ts";
import type { Change } from "../../storage/chat_changes.ts";
import type { ConversationRecord, MessageRecord } from "../../storage/chat_records.ts";
import { isForward, withStatus } from "../conversation/conversation_changes.ts";
import { withRunningTimer } from "../conversation/disappearing.ts";
import type { InboundQuiet } from "./inbound_context.ts";
import type { Outcome } from "./inbound_outcome.ts";

/** Ids of one receipt that are looked at, and of messages that have not come from another device yet. */
const MAX_TARGETS = 1_000;
const MAX_EARLY = 200;

/**
 * What a contact's receipt changes: own messages to that contact, and to nobody else, are `read`. Those that another
 * device has sent, and whose copies are still on their way, are remembered. (Specification page 2, "Status")
 */
export async function receiptChanges(
  { targets }: Extract<KnownMessageBody, { kind: "receipt" }>,
  { conversation, isOwn, context: { ledger, primary, nowMs } }: InboundQuiet,
): Promise<Outcome> {
  // The copy of an own one says what the sync says as well.
  if (!conversation || isOwn) return { changes: [] };
  const changes: Change[] = [];
  const early = new Set(conversation.earlyReceipts);
  let after = conversation;
  for (const id of new Set(targets.slice(0, MAX_TARGETS))) {
    const known = await ledger.storage.message({ from: primary, id });
    if (!known) early.add(id);
    else if (known.peer === conversation.primary && isForward(known.status, "read")) {
      const read = asRead(known, nowMs());
      changes.push({ put: "message", message: read });
      after = withStatus(after, { message: read, isOwn: true });
    }
  }
  const earlyReceipts = [...early].slice(-MAX_EARLY);
  changes.push({ put: "conversation", conversation: { ...after, earlyReceipts } });
  return { changes };
}

/** An own message from another device, and its conversation; the receipt may have come before it. */
export function withEarlyReceipt(
  message: MessageRecord,
  { conversation, nowMs }: { conversation: ConversationRecord; nowMs: number },
): { message: MessageRecord; conversation: ConversationRecord } {
  const { earlyReceipts } = conversation;
  if (!earlyReceipts.includes(message.id)) return { message, conversation };
  const left = earlyReceipts.filter((id) => id !== message.id);
  return {
    message: asRead(message, nowMs),
    conversation: { ...conversation, earlyReceipts: left },
  };
}

function asRead(message: MessageRecord, nowMs: number): MessageRecord {
  return withRunningTimer({ ...message, status: "read", failure: null }, nowMs);
}
