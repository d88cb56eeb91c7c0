import type { ConversationRecord, MessageRecord } from "../../storage/chat_records.ts";
import { lastMessage } from "./conversation_changes.ts";
import type { Ledger } from "../ledger.ts";
import { messageKey } from "../thread/message_view.ts";

/**
 * The conversation once some of its messages are gone: its line in the list shows the newest one left, and keeps its
 * place where none is.
 */
export async function withoutMessages(
  conversation: ConversationRecord,
  { removed, ledger, ownPrimary }: {
    removed: MessageRecord[];
    ledger: Ledger;
    ownPrimary: string;
  },
): Promise<ConversationRecord> {
  const { primary, last, unread } = conversation;
  const isOwn = ({ from }: MessageRecord) => from === ownPrimary;
  const keyOf = (message: MessageRecord) => messageKey({ id: message.id, isOwn: isOwn(message) });
  const gone = new Set(removed.map(keyOf));
  const unseen = removed.filter((message) => !isOwn(message) && message.seenAtMs === null);
  const left = { ...conversation, unread: Math.max(0, unread - unseen.length) };
  if (!last || !gone.has(last.key)) return unseen.length === 0 ? conversation : left;
  const newest = await ledger.storage.newestMessages(primary, { limit: removed.length + 1 });
  const next = newest.findLast((message) => !gone.has(keyOf(message)));
  if (!next) return { ...left, last: { ...last, preview: "", status: null, file: undefined } };
  return { ...left, last: lastMessage(next, isOwn(next)) };
}
