import type { ConversationRecord } from "../../storage/chat_records.ts";
import { changedByOwner } from "./conversation_changes.ts";
import type { Ledger } from "../ledger.ts";
import type { ConversationChanges } from "../model/conversation_model.ts";

/** How the owner arranges a conversation. */
export interface ConversationSettings {
  /** Does nothing for a request that is not answered. @throws UserError `storage_failed` */
  change(primary: string, changes: ConversationChanges): Promise<void>;
}

/** The settings of single conversations. */
export function createConversationSettings(
  { ledger, nowMs }: { ledger: Ledger; nowMs(): number },
): ConversationSettings {
  return {
    change: (primary, changes) =>
      ledger.write(async () => {
        const before = ledger.conversation(primary);
        if (!before || before.state === "request") return;
        const conversation = changed(before, { changes, nowMs: nowMs() });
        await ledger.commit([{ put: "conversation", conversation }]);
      }),
  };
}

function changed(
  before: ConversationRecord,
  { changes, nowMs }: { changes: ConversationChanges; nowMs: number },
): ConversationRecord {
  const { timerS, isMarkedUnread, ...shared } = changes;
  let conversation = before;
  if (isMarkedUnread !== undefined) conversation = { ...conversation, isMarkedUnread };
  if (timerS !== undefined) {
    const timerAtMs = Math.max(nowMs, before.timerAtMs + 1);
    conversation = { ...conversation, timerS, timerAtMs, isTimerUntold: true };
  }
  if (Object.keys(shared).length === 0) return conversation;
  return changedByOwner(conversation, { changes: shared, nowMs });
}
