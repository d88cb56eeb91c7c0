import { parseInstant } from "../../../protocol/instant.ts";
import type { KnownMessageBody } from "../../../protocol/message_body.ts";
import type { Change } from "../../storage/chat_changes.ts";
import type {
  ConversationRecord,
  MessageAction,
  MessageRecord,
} from "../../storage/chat_records.ts";
import { withStatus } from "../conversation/conversation_changes.ts";
import type { InboundQuiet } from "./inbound_context.ts";
import type { Outcome } from "./inbound_outcome.ts";
import type { Ledger } from "../ledger.ts";
import { withAction } from "../conversation/message_actions.ts";
import { pendingChanges } from "./pending_actions.ts";

export type ActionBody = Extract<KnownMessageBody, { kind: "reaction" | "edit" | "delete" }>;

/** What a reaction, an edit or a deletion changes: its message, or nothing until that comes. */
export async function actionChanges(
  body: ActionBody,
  { message, peer, conversation, context }: InboundQuiet,
): Promise<Outcome> {
  const { ledger, primary } = context;
  const { from, sent_at } = message.payload;
  const action = actionOf(body, { from, atMs: parseInstant(sent_at)! });
  for (const author of authorsOf(action, { peer, primary, conversation })) {
    const name = { from: author, id: action.target };
    const target = await ledger.storage.message(name);
    if (target?.peer === peer) {
      return { changes: changesOfAction(action, { target, ledger, primary }) };
    }
    // It was here: deleted for the owner alone, or its time was over.
    if (await ledger.storage.takenDigest(name) !== null) return { changes: [] };
  }
  return { changes: await pendingChanges(action, { peer, ledger, nowMs: context.nowMs() }) };
}

/** The changes that show an action, in the thread and in the list; none where it changes nothing. */
export function changesOfAction(
  action: MessageAction,
  { target, ledger, primary }: { target: MessageRecord; ledger: Ledger; primary: string },
): Change[] {
  const message = withAction(target, action);
  if (message === target) return [];
  const changes: Change[] = [{ put: "message", message }];
  const known = ledger.conversation(message.peer);
  const conversation = known && withStatus(known, { message, isOwn: message.from === primary });
  if (conversation && conversation !== known) changes.push({ put: "conversation", conversation });
  return changes;
}

/** What a body asks for. `atMs` is when, in milliseconds. */
export function actionOf(
  body: ActionBody,
  { from, atMs }: { from: string; atMs: number },
): MessageAction {
  const { target } = body;
  if (body.kind === "reaction") return { kind: "reaction", from, target, atMs, emoji: body.emoji };
  if (body.kind === "edit") return { kind: "edit", from, target, atMs, text: body.text };
  return { kind: "delete", from, target, atMs };
}

/** Who may have written the message that an action is for, likeliest first. */
function authorsOf(
  { kind, from }: MessageAction,
  { peer, primary, conversation }: {
    peer: string;
    primary: string;
    conversation: ConversationRecord | null;
  },
): string[] {
  if (kind !== "reaction") return [from];
  const theirs = [peer, ...(conversation?.predecessors ?? []).map((former) => former.primary)];
  return [...new Set(from === primary ? [...theirs, primary] : [primary, ...theirs])];
}
