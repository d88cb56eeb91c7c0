import type { Change } from "../../storage/chat_changes.ts";
import type { MessageRecord } from "../../storage/chat_records.ts";
import { withoutMessages } from "./conversation_last.ts";
import type { Ledger } from "../ledger.ts";

/** What changes when messages go from this device: they, and their conversations' lines in the list. */
export async function removalOf(
  removed: MessageRecord[],
  { ledger, ownPrimary }: { ledger: Ledger; ownPrimary: string },
): Promise<Change[]> {
  const changes = removed.map(({ from, id }): Change => ({ delete: "message", from, id }));
  for (const primary of new Set(removed.map(({ peer }) => peer))) {
    const conversation = ledger.conversation(primary);
    if (!conversation) continue;
    const gone = removed.filter(({ peer }) => peer === primary);
    const after = await withoutMessages(conversation, { removed: gone, ledger, ownPrimary });
    if (after !== conversation) changes.push({ put: "conversation", conversation: after });
  }
  return changes;
}
