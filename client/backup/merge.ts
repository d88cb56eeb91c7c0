import { isForward } from "../chats/conversation_changes.ts";
import type { ConversationRecord, MessageRecord, ReactionRecord } from "../storage/chat_records.ts";
import { CONVERSATION_DEFAULTS } from "../storage/record_defaults.ts";

/** True for a message that has not left yet: it is for the device that sends it, and reaches the others from there. */
export function isUnsent({ status }: MessageRecord): boolean {
  return status === "sending" || status === "failed";
}

/** A message of a backup that is not on this device: it is no news. */
export function restoredMessage(message: MessageRecord): MessageRecord {
  return message.status === null
    ? { ...message, seenAtMs: message.seenAtMs ?? message.atMs }
    : message;
}

/**
 * A message of this device, with what the backup knows beyond it: later edits, deletions and reactions, a better
 * status. The very same one where there is nothing, or where it is another document under the same id.
 */
export function mergeMessage(known: MessageRecord, saved: MessageRecord): MessageRecord {
  if (known.digest !== saved.digest || known.deletedAtMs !== null) return known;
  if (saved.deletedAtMs !== null) {
    const { body, deletedAtMs, edit, reactions } = saved;
    return { ...known, body, deletedAtMs, edit, reactions };
  }
  const changes: Partial<MessageRecord> = {};
  if (saved.edit && saved.edit.atMs > (known.edit?.atMs ?? -1)) changes.edit = saved.edit;
  if (saved.status && isForward(known.status, saved.status)) changes.status = saved.status;
  const reactions = mergeReactions(known.reactions, saved.reactions);
  if (reactions !== known.reactions) changes.reactions = reactions;
  return Object.keys(changes).length === 0 ? known : { ...known, ...changes };
}

function mergeReactions(known: ReactionRecord[], saved: ReactionRecord[]): ReactionRecord[] {
  const isNews = (one: ReactionRecord) =>
    one.atMs > (known.find(({ from }) => from === one.from)?.atMs ?? -1);
  const news = saved.filter(isNews);
  if (news.length === 0) return known;
  const kept = known.filter(({ from }) => news.every((one) => one.from !== from));
  return [...kept, ...news];
}

/** A conversation of a backup that is not on this device. What concerns other devices and people begins anew. */
export function restoredConversation(conversation: ConversationRecord): ConversationRecord {
  const { shared, receiptsDue, inviteCode } = CONVERSATION_DEFAULTS;
  return { ...conversation, last: null, unread: 0, shared, receiptsDue, inviteCode };
}

/** A conversation of this device, with what the backup knows beyond it. */
export function mergeConversation(
  known: ConversationRecord,
  saved: ConversationRecord,
): ConversationRecord {
  const merged = {
    ...known,
    contact: known.contact ?? saved.contact,
    beganAtMs: Math.min(known.beganAtMs, saved.beganAtMs),
    hasReplied: known.hasReplied || saved.hasReplied,
  };
  if (saved.changedAtMs > known.changedAtMs) {
    const { nickname, isMuted, isPinned, isArchived, changedAtMs } = saved;
    Object.assign(merged, { nickname, isMuted, isPinned, isArchived, changedAtMs });
  }
  if (saved.timerAtMs > known.timerAtMs) {
    const { timerS, timerAtMs } = saved;
    Object.assign(merged, { timerS, timerAtMs });
  }
  return merged;
}
