import type { ConversationRecord } from "../../storage/chat_records.ts";
import type { ConversationView } from "../model/conversation_model.ts";
import { shortPrimary } from "./short_primary.ts";

/** Whose conversations they are. */
export interface Owner {
  handle: string;
  server: string;
  primary: string;
}

/** The path segment of a conversation: a handle that its registry confirmed, else the primary. */
export function peerOf(record: ConversationRecord, owner: Owner): string {
  const { contact } = record;
  if (record.primary === owner.primary) return owner.handle;
  if (!contact) return record.primary;
  return contact.server === owner.server ? contact.handle : `${contact.handle}@${contact.server}`;
}

/** What the screens show of a conversation. */
export function viewConversation(record: ConversationRecord, owner: Owner): ConversationView {
  const isSelf = record.primary === owner.primary;
  const { contact, last, profile } = record;
  return {
    peer: peerOf(record, owner),
    title: isSelf
      ? owner.handle
      : record.nickname ?? profile?.displayName ?? contact?.handle ?? shortPrimary(record.primary),
    handle: contact?.handle ?? null,
    nickname: record.nickname,
    isVerified: record.isVerified && record.state !== "key_changed",
    successor: record.successor?.primary ?? null,
    keyChangesAtMs: record.predecessors.map(({ untilMs }) => untilMs),
    server: contact && contact.server !== owner.server ? contact.server : null,
    primary: record.primary,
    picture: profile?.shown ?? null,
    isSelf,
    state: record.state,
    preview: last?.preview ?? "",
    isLastDeleted: last?.isDeleted ?? false,
    lastFile: last?.file ?? null,
    lastAtMs: last?.atMs ?? record.beganAtMs,
    unread: record.unread,
    lastStatus: last?.status ?? null,
    hasReplied: record.hasReplied,
    isMuted: record.isMuted,
    isPinned: record.isPinned,
    isArchived: record.isArchived,
    isMarkedUnread: record.isMarkedUnread,
    draft: record.draft,
    timerS: record.timerS,
    isTimerUntold: record.isTimerUntold,
    isTyping: false,
    chainWarning: record.chain.warning,
  };
}
