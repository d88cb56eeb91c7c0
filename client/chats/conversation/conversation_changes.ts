import type {
  ConversationRecord,
  DeliveryStatus,
  LastMessage,
  MessageOrder,
  MessageRecord,
} from "../../storage/chat_records.ts";
import { CONVERSATION_DEFAULTS } from "../../storage/record_defaults.ts";
import { expiresInS, isTimed } from "./disappearing.ts";
import { fileKindOfMessage, messageKey, previewOf } from "../thread/message_view.ts";

/** A conversation in which nothing has been said. */
export function emptyConversation(
  { primary, state, contact = null, nowMs }: {
    primary: string;
    state: ConversationRecord["state"];
    contact?: ConversationRecord["contact"];
    nowMs: number;
  },
): ConversationRecord {
  return {
    primary,
    state,
    contact,
    claimedHandle: null,
    beganAtMs: nowMs,
    last: null,
    unread: 0,
    hasReplied: false,
    requestCount: 0,
    requestBytes: 0,
    ...CONVERSATION_DEFAULTS,
  };
}

/** The conversation once the peer is accepted: nothing counts against a stranger's bounds any more. */
export function asAccepted(conversation: ConversationRecord): ConversationRecord {
  return {
    ...conversation,
    state: "accepted",
    isStranger: false,
    requestCount: 0,
    requestBytes: 0,
  };
}

/** The conversation once nothing more shall be heard of the peer. */
export function asBlocked(conversation: ConversationRecord): ConversationRecord {
  const isStranger = conversation.isStranger || conversation.state === "request";
  return { ...conversation, state: "blocked", isStranger, unread: 0 };
}

/** The conversation once the peer may be heard again: nobody is accepted by that who was not before. */
export function asUnblocked(conversation: ConversationRecord): ConversationRecord {
  if (!conversation.isStranger) return asAccepted(conversation);
  return { ...conversation, state: "request", isStranger: false };
}

/**
 * The conversation after its owner has changed what all devices share of it; later than every change that is known, also
 * where another device's clock is ahead. (docs/protocol.md, "Several devices")
 */
export function changedByOwner(
  conversation: ConversationRecord,
  { changes, nowMs }: { changes: Partial<ConversationRecord>; nowMs: number },
): ConversationRecord {
  return {
    ...conversation,
    ...changes,
    changedAtMs: Math.max(nowMs, conversation.changedAtMs + 1),
  };
}

/** The conversation after a new message in it; one with `seenAtMs` was read on another device already. */
export function withMessage(
  conversation: ConversationRecord,
  { message, isOwn }: { message: MessageRecord; isOwn: boolean },
): ConversationRecord {
  const isNewest = !conversation.last || compareOrder(conversation.last, message) < 0;
  const isUnread = !isOwn && message.seenAtMs === null;
  const isBack = isUnread || (isOwn && isNewest && message.atMs > conversation.changedAtMs);
  return {
    ...conversation,
    ...(isBack ? outOfArchive(conversation) : {}),
    ...(isNewest ? timerAfter(conversation, message) : {}),
    last: isNewest ? lastMessage(message, isOwn) : conversation.last,
    unread: conversation.unread + Number(isUnread),
    hasReplied: conversation.hasReplied || !isOwn,
  };
}

/** The conversation after a change of one of its messages: its status, its text. */
export function withStatus(
  conversation: ConversationRecord,
  { message, isOwn }: { message: MessageRecord; isOwn: boolean },
): ConversationRecord {
  const isLast = conversation.last?.key === messageKey({ id: message.id, isOwn });
  return isLast ? { ...conversation, last: lastMessage(message, isOwn) } : conversation;
}

/** Below zero where `a` stands before `b`. */
export function compareOrder(a: MessageOrder, b: MessageOrder): number {
  return a.atMs - b.atMs || a.arrival - b.arrival;
}

/** True for a message that has not left yet: it is for the device that sends it, and reaches the others from there. */
export function isUnsent({ status }: Pick<MessageRecord, "status">): boolean {
  return status === "sending" || status === "failed";
}

/** True where a message may go from one status to another by itself. (Specification page 2, "Status") */
export function isForward(from: DeliveryStatus | null, to: DeliveryStatus): boolean {
  const rank = { failed: 0, sending: 0, sent: 1, delivered: 2, read: 3 };
  return from !== null && rank[to] > rank[from];
}

/**
 * Something new brings a chat back from the archive, but not a muted one. Every device comes to the same time: just after
 * the owner's last word here, so that a message never outdoes what the owner said since on another device, a block least of all.
 */
function outOfArchive(
  { isArchived, isMuted, changedAtMs }: ConversationRecord,
): Partial<ConversationRecord> {
  return !isArchived || isMuted ? {} : { isArchived: false, changedAtMs: changedAtMs + 1 };
}

/**
 * The newest word on how long messages stay, of either side, is what counts; yet the owner's choice stands until a message
 * has told it, for who writes meanwhile cannot know of it. (docs/protocol.md, "Disappearing messages")
 */
function timerAfter(
  { timerS, timerAtMs, isTimerUntold }: ConversationRecord,
  { body, atMs }: MessageRecord,
): Partial<ConversationRecord> {
  if (!isTimed(body)) return {};
  if (expiresInS(body) === timerS) return { isTimerUntold: false };
  if (atMs < timerAtMs) return {};
  // Later than the message, so that the owner's other devices come to the same.
  return isTimerUntold ? { timerAtMs: atMs + 1 } : { timerS: expiresInS(body), timerAtMs: atMs };
}

/** What the list shows of a message. */
export function lastMessage(message: MessageRecord, isOwn: boolean): LastMessage {
  const file = fileKindOfMessage(message);
  return {
    key: messageKey({ id: message.id, isOwn }),
    atMs: message.atMs,
    arrival: message.arrival,
    preview: previewOf(message),
    status: message.status,
    ...(message.deletedAtMs === null ? {} : { isDeleted: true }),
    ...(file === null ? {} : { file }),
  };
}
