import { EMPTY_CHAIN_MEMORY } from "../claims/claim_model.ts";
import type { ConversationRecord, MessageRecord } from "./chat_records.ts";

/** What a conversation is like in which nothing was set. */
export const CONVERSATION_DEFAULTS = {
  nickname: null,
  isVerified: false,
  isMuted: false,
  isPinned: false,
  isArchived: false,
  isMarkedUnread: false,
  draft: "",
  timerS: null,
  timerAtMs: 0,
  isTimerUntold: false,
  readToMs: 0,
  readElsewhereToMs: 0,
  receiptsDue: [] as string[],
  earlyReceipts: [] as string[],
  untoldEvents: [] as ConversationRecord["untoldEvents"],
  peerRelay: null,
  peerNostr: null,
  listedRelays: null,
  profile: null,
  isStranger: false,
  changedAtMs: 0,
  shared: { changedAtMs: 0, timerAtMs: 0, readToMs: 0 },
  successor: null,
  predecessors: [] as ConversationRecord["predecessors"],
  inviteCode: null,
  chain: EMPTY_CHAIN_MEMORY,
} satisfies Partial<ConversationRecord>;

/** What a message is like to which nothing has happened. */
export const MESSAGE_DEFAULTS = {
  isCopy: false,
  relays: [] as string[],
  reactions: [] as MessageRecord["reactions"],
  edit: null,
  deletedAtMs: null,
  seenAtMs: null,
  expiresAtMs: null,
} satisfies Partial<MessageRecord>;

/** A conversation as an earlier version of this app kept it, completed. */
export function completeConversation(record: ConversationRecord): ConversationRecord {
  return { ...CONVERSATION_DEFAULTS, ...record };
}

/** A message as an earlier version of this app kept it, completed. */
export function completeMessage(record: MessageRecord): MessageRecord {
  return { ...MESSAGE_DEFAULTS, ...record };
}
