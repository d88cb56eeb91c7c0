import { isForward } from "../chats/conversation/conversation_changes.ts";
import { withAction } from "../chats/conversation/message_actions.ts";
import type { ConversationRecord, MessageAction, MessageRecord } from "../storage/chat_records.ts";
import { CONVERSATION_DEFAULTS } from "../storage/record_defaults.ts";

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
  if (known.digest !== saved.digest) return known;
  const merged = actionsOf(saved).reduce(withAction, known);
  const isFurther = saved.status !== null && isForward(merged.status, saved.status);
  return isFurther ? { ...merged, status: saved.status } : merged;
}

/** What was done to a message, as far as it still counts. */
function actionsOf({ id: target, from, edit, reactions, deletedAtMs }: MessageRecord) {
  const actions: MessageAction[] = reactions.map((one) => ({ kind: "reaction", target, ...one }));
  if (edit) actions.push({ kind: "edit", from, target, ...edit });
  if (deletedAtMs !== null) actions.push({ kind: "delete", from, target, atMs: deletedAtMs });
  return actions;
}

/** A conversation of a backup that is not on this device. What concerns other devices and people begins anew. */
export function restoredConversation(conversation: ConversationRecord): ConversationRecord {
  const { shared, receiptsDue, untoldEvents, inviteCode, chain, profile } = CONVERSATION_DEFAULTS;
  const anew = { shared, receiptsDue, untoldEvents, inviteCode, chain, profile };
  return { ...conversation, last: null, unread: 0, ...anew };
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
    Object.assign(merged, { timerS, timerAtMs, isTimerUntold: false });
  }
  return merged;
}
