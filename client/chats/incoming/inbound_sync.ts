import type { KnownMessageBody } from "../../../protocol/message_body.ts";
import { MAX_MESSAGE_AHEAD_MS } from "../../../protocol/message.ts";
import type { Change } from "../../storage/chat_changes.ts";
import type { ConversationRecord } from "../../storage/chat_records.ts";
import { emptyConversation } from "../conversation/conversation_changes.ts";
import type { InboundContext, InboundQuiet } from "./inbound_context.ts";
import type { Outcome } from "./inbound_outcome.ts";
import { sentChanges } from "./inbound_sent.ts";
import type { Ledger } from "../ledger.ts";
import { withAllRead } from "../conversation/read_state.ts";
import { parseSyncState, type SharedConversation, withShared } from "../devices/sync_state.ts";

/** What another device of the owner tells the others; nobody else may. (docs/protocol.md, "Several devices") */
export async function syncChanges(
  { state }: Extract<KnownMessageBody, { kind: "sync" }>,
  { isOwn, peer, context }: InboundQuiet,
): Promise<Outcome> {
  if (!isOwn || peer !== context.primary) return { changes: [], dropped: "quiet_kind" };
  const { conversations, changes, ...outcome } = await sharedChanges(state, context);
  const sent = await sentChanges(state, { conversations, context });
  const shown = [...conversations.values()].map((conversation): Change => ({
    put: "conversation",
    conversation,
  }));
  return { ...outcome, changes: [...changes, ...sent, ...shown] };
}

/** What it tells of conversations. */
async function sharedChanges(
  state: unknown,
  context: InboundContext,
): Promise<Outcome & { conversations: Map<string, ConversationRecord> }> {
  const latestMs = context.nowMs() + MAX_MESSAGE_AHEAD_MS;
  const told = parseSyncState(state).filter(({ changed_at, timer_at, read_to }) =>
    Math.max(changed_at, timer_at, read_to) <= latestMs
  );
  const former = formerOf(context.ledger);
  // Of somebody unblocked who has said nothing here there is nothing to ask about.
  const current = told.filter(({ primary, state }) =>
    !former.has(primary) && (state !== "request" || context.ledger.conversation(primary) !== null)
  );
  const byPrimary = new Map(current.map((each) => [each.primary, each]));
  const conversations = new Map<string, ConversationRecord>();
  const changes: Change[] = [];
  const cutOff: string[] = [];
  const unconfirmed: string[] = [];
  for (const each of byPrimary.values()) {
    const after = await toldChanges(each, context);
    changes.push(...after.changes);
    conversations.set(each.primary, after.conversation);
    if (after.conversation.state === "blocked") cutOff.push(each.primary);
    else if (!after.conversation.contact) unconfirmed.push(each.primary);
  }
  return { conversations, changes, cutOff, unconfirmed };
}

/** Identities that gave way to others here, with the owner's consent; another device may not know yet. */
function formerOf(ledger: Ledger): Set<string> {
  const former = ledger.conversations().flatMap(({ predecessors }) => predecessors);
  return new Set(former.map(({ primary }) => primary).filter((each) => !ledger.conversation(each)));
}

async function toldChanges(
  told: SharedConversation,
  { ledger, nowMs }: InboundContext,
): Promise<{ conversation: ConversationRecord; changes: Change[] }> {
  const before = ledger.conversation(told.primary) ?? begun(told, nowMs());
  const { conversation, changes } = await withAllRead(before, {
    ledger,
    toMs: told.read_to,
    nowMs: nowMs(),
  });
  return { changes, conversation: withShared(conversation, told) };
}

/** A conversation that this device did not know of: it stands in the list where it was last dealt with. */
function begun(
  { primary, state, changed_at, read_to }: SharedConversation,
  nowMs: number,
): ConversationRecord {
  const beganAtMs = Math.min(nowMs, Math.max(changed_at, read_to));
  return { ...emptyConversation({ primary, state, nowMs }), beganAtMs };
}
