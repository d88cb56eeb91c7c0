import type { Change } from "../../storage/chat_changes.ts";
import type { MessageAction, MessageRecord } from "../../storage/chat_records.ts";
import type { Ledger } from "../ledger.ts";
import { isNewerAction, withAction } from "../conversation/message_actions.ts";

/** Actions that wait in one conversation; beyond these the oldest are forgotten. */
const MAX_PENDING_ACTIONS = 1_000;

/** Keeps an action until its message comes. */
export async function pendingChanges(
  action: MessageAction,
  { peer, ledger, nowMs }: { peer: string; ledger: Ledger; nowMs: number },
): Promise<Change[]> {
  const { from, kind, target } = action;
  const waiting = await ledger.storage.pendingActions({ peer, target });
  const same = waiting.find((one) => one.action.from === from && one.action.kind === kind);
  if (same && !isNewerAction(same.action, action)) return [];
  const surplus = same ? [] : await ledger.storage.surplusActions(peer, MAX_PENDING_ACTIONS - 1);
  const pending = { peer, action, cameAtMs: nowMs };
  return [
    ...surplus.map((one): Change => ({ delete: "pending", peer, target: one.action.target })),
    { put: "pending", pending },
  ];
}

/** A message that has just come, after what has waited for it. */
export async function withPendingActions(
  message: MessageRecord,
  ledger: Ledger,
): Promise<{ message: MessageRecord; changes: Change[] }> {
  const { peer, id: target } = message;
  const waiting = await ledger.storage.pendingActions({ peer, target });
  if (waiting.length === 0) return { message, changes: [] };
  return {
    message: waiting.reduce((after, { action }) => withAction(after, action), message),
    changes: [{ delete: "pending", peer, target }],
  };
}
