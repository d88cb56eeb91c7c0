import type { Change } from "../../storage/chat_changes.ts";
import type { ConversationRecord, MessageRecord } from "../../storage/chat_records.ts";
import { withRunningTimer } from "./disappearing.ts";
import type { Ledger } from "../ledger.ts";

const PAGE_MESSAGES = 50;

/**
 * The conversation once everything in it up to `toMs` was read; the time of messages that disappear begins to run.
 *
 * @param toMs the place of the last message that was read; milliseconds since 1970
 * @returns the conversation, what changes besides it, and the messages that were not read before
 */
export async function withAllRead(
  conversation: ConversationRecord,
  { ledger, toMs = Infinity, nowMs }: { ledger: Ledger; toMs?: number; nowMs: number },
): Promise<{ conversation: ConversationRecord; changes: Change[]; seen: MessageRecord[] }> {
  const unseen = await unseenMessages(conversation, ledger);
  const seen = unseen.filter(({ atMs }) => atMs <= toMs);
  const changes = seen.map((message): Change => ({
    put: "message",
    message: withRunningTimer({ ...message, seenAtMs: nowMs }, nowMs),
  }));
  const read: ConversationRecord = {
    ...conversation,
    unread: unseen.length - seen.length,
    isMarkedUnread: false,
    readToMs: Math.max(conversation.readToMs, ...seen.map(({ atMs }) => atMs)),
  };
  return { conversation: read, changes, seen };
}

/** As many of the peer's newest unread messages as the conversation counts, the newest first. */
async function unseenMessages(
  { primary, unread }: ConversationRecord,
  { storage }: Ledger,
): Promise<MessageRecord[]> {
  const found: MessageRecord[] = [];
  let before: MessageRecord | undefined;
  while (found.length < unread) {
    const page = await storage.newestMessages(primary, { before, limit: PAGE_MESSAGES });
    const unseen = page.filter(({ from, seenAtMs }) => from === primary && seenAtMs === null);
    found.push(...unseen.reverse());
    before = page[0];
    if (page.length < PAGE_MESSAGES) break;
  }
  return found.slice(0, unread);
}
