import type { Change } from "../../storage/chat_changes.ts";
import type { ConversationRecord } from "../../storage/chat_records.ts";
import { withStatus } from "../conversation/conversation_changes.ts";
import { earlyChanges, loadEarly, withDelivery, withEarly } from "./early_deliveries.ts";
import type { InboundContext } from "./inbound_context.ts";
import { parseToldEvents } from "../outgoing/sent_events.ts";

/**
 * What another device of the owner tells of the events under which it sent messages: from then on their acks count here as
 * well. (docs/protocol.md, "Several devices")
 *
 * @param conversations those that came along, as they are by now; those that change are added
 */
export async function sentChanges(
  state: unknown,
  { conversations, context: { ledger, primary, nowMs } }: {
    conversations: Map<string, ConversationRecord>;
    context: InboundContext;
  },
): Promise<Change[]> {
  const told = parseToldEvents(state);
  if (told.length === 0) return [];
  const changes: Change[] = [];
  const before = await loadEarly(ledger);
  let early = before;
  for (const events of Map.groupBy(told, ({ id }) => id).values()) {
    const name = { from: primary, id: events[0]!.id };
    const known = await ledger.storage.message(name);
    if (!known) {
      const wasHere = await ledger.storage.takenDigest(name) !== null;
      if (!wasHere) early = withEarly(early, { events });
      continue;
    }
    const after = withDelivery(known, { early, told: events, nowMs: nowMs() });
    early = after.early;
    if (after.message === known) continue;
    changes.push({ put: "message", message: after.message });
    const conversation = conversations.get(known.peer) ?? ledger.conversation(known.peer);
    if (!conversation) continue;
    const shown = withStatus(conversation, { message: after.message, isOwn: true });
    if (shown !== conversation) conversations.set(known.peer, shown);
  }
  return [...changes, ...earlyChanges(before, early)];
}
