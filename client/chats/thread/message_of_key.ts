import type { ConversationRecord, MessageRecord } from "../../storage/chat_records.ts";
import type { ChatStorage } from "../../storage/chat_storage.ts";
import type { Ledger } from "../ledger.ts";

/**
 * The message of a conversation that a key names; null where it is not there any more. What the peer wrote before its
 * handle passed to another identity has the former one as its author.
 *
 * @throws UserError `storage_failed`
 */
export async function messageOf(
  key: string,
  { conversation, storage, owner }: {
    conversation: ConversationRecord;
    storage: ChatStorage;
    owner: { primary: string };
  },
): Promise<MessageRecord | null> {
  const { primary, predecessors } = conversation;
  const at = key.indexOf("-");
  const id = key.slice(at + 1);
  const authors = key.slice(0, at) === "own"
    ? [owner.primary]
    : [primary, ...predecessors.map((former) => former.primary)];
  for (const from of authors) {
    const record = await storage.message({ from, id });
    if (record?.peer === primary) return record;
  }
  return null;
}

/**
 * The same, once what was asked for before is written: a message is shown before it is on disk.
 *
 * @throws UserError `storage_failed`
 */
export function writtenMessageOf(
  key: string,
  { primary, ledger, owner }: { primary: string; ledger: Ledger; owner: { primary: string } },
): Promise<MessageRecord | null> {
  return ledger.write(async () => {
    const conversation = ledger.conversation(primary);
    return conversation && await messageOf(key, { conversation, storage: ledger.storage, owner });
  });
}
