import type { MessageView } from "../chats/model/message_model.ts";
import { dayOf } from "./when.ts";

/** Messages of one author closer than this are one run, with joined corners. (Specification page 7) */
const RUN_MS = 2 * 60 * 1000;

/** What a thread shows, from top to bottom. */
export type ThreadItem =
  | { type: "day"; key: string; atMs: number }
  | { type: "unread"; key: string }
  /** From here on another identity has the peer's handle. */
  | { type: "key_change"; key: string }
  /** From here on messages stay for another time; null for ever. */
  | { type: "timer"; key: string; seconds: number | null; isOwn: boolean }
  | { type: "message"; key: string; message: MessageView; isRunStart: boolean; isRunEnd: boolean };

type MessageItem = Extract<ThreadItem, { type: "message" }>;

/**
 * Puts day dividers, the unread divider and the runs of one author into a list of messages.
 *
 * @param messages oldest first
 * @param firstUnreadKey the message that the unread divider stands before, until an own one stands below; null for none
 * @param keyChangesAtMs after which times another identity writes; the oldest first
 * @param isAtEnd true where nothing newer than these messages is missing
 */
export function layOutThread(
  messages: readonly MessageView[],
  firstUnreadKey: string | null,
  { keyChangesAtMs = [], isAtEnd = true }: {
    keyChangesAtMs?: readonly number[];
    isAtEnd?: boolean;
  } = {},
): ThreadItem[] {
  const items: ThreadItem[] = [];
  const unreadKey = isAnswered(messages, firstUnreadKey) ? null : firstUnreadKey;
  const newest: { item: MessageItem | null } = { item: null };
  for (const message of messages) {
    const above = newest.item;
    const isNewDay = above === null || dayOf(above.message.atMs) !== dayOf(message.atMs);
    if (isNewDay) items.push({ type: "day", key: `day-${message.key}`, atMs: message.atMs });
    const isOther = above !== null &&
      keyChangesAtMs.some((changeAtMs) =>
        above.message.atMs <= changeAtMs && changeAtMs < message.atMs
      );
    if (isOther) items.push({ type: "key_change", key: `change-${message.key}` });
    const isFirstUnread = message.key === unreadKey;
    if (isFirstUnread) items.push({ type: "unread", key: "unread" });
    const timer = timerItem(above?.message, message);
    if (timer) items.push(timer);
    const isParted = isNewDay || isOther || isFirstUnread || timer !== null;
    const isJoined = !isParted && isOneRun(above.message, message);
    if (isJoined) above.isRunEnd = false;
    newest.item = {
      type: "message",
      key: message.key,
      message,
      isRunStart: !isJoined,
      isRunEnd: true,
    };
    items.push(newest.item);
  }
  const lastAtMs = newest.item?.message.atMs ?? Infinity;
  const isLastOther = isAtEnd && keyChangesAtMs.some((changeAtMs) => changeAtMs >= lastAtMs);
  if (isLastOther) items.push({ type: "key_change", key: "change" });
  return items;
}

/** The items of a new layout, each the very same object as before where it is alike: so only what has changed is drawn. */
export function keepAlike(before: readonly ThreadItem[], next: ThreadItem[]): ThreadItem[] {
  const known = new Map(before.map((item) => [item.key, item]));
  return next.map((item) => {
    const same = known.get(item.key);
    return same && isAlike(same, item) ? same : item;
  });
}

function isAlike(a: ThreadItem, b: ThreadItem): boolean {
  const values: Record<string, unknown> = { ...a };
  return Object.entries(b).every(([name, value]) => values[name] === value);
}

/** The line that says how long messages stay from the second of two on, where that changes between them. */
function timerItem(above: MessageView | undefined, message: MessageView): ThreadItem | null {
  const { key, isOwn, expiresInS } = message;
  if (above?.expiresInS === undefined || expiresInS === undefined) return null;
  return above.expiresInS === expiresInS
    ? null
    : { type: "timer", key: `timer-${key}`, seconds: expiresInS, isOwn };
}

/** The key of the first of the newest `count` messages of the peer; null where there are none. */
export function firstUnread(messages: readonly MessageView[], count: number): string | null {
  if (count <= 0) return null;
  const ofPeer = messages.filter(({ isOwn }) => !isOwn);
  return ofPeer.at(-count)?.key ?? ofPeer[0]?.key ?? null;
}

/** True where an own message stands below that one: who answers has read. */
function isAnswered(messages: readonly MessageView[], key: string | null): boolean {
  const from = messages.findIndex((message) => message.key === key);
  return from >= 0 && messages.slice(from).some(({ isOwn }) => isOwn);
}

function isOneRun(a: MessageView, b: MessageView): boolean {
  return a.isOwn === b.isOwn && Math.abs(b.atMs - a.atMs) < RUN_MS;
}
