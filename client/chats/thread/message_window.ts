import type { MessageOrder, MessageRecord } from "../../storage/chat_records.ts";
import { compareOrder } from "../conversation/conversation_changes.ts";

/** A bounded piece of one conversation, oldest first. Replaced, never changed in place. */
export interface MessageWindow {
  readonly records: readonly MessageRecord[];
  /** Whether the conversation has more than this on either side. */
  readonly hasOlder: boolean;
  readonly hasNewer: boolean;
}

/** A window keeps so many messages when more are loaded; those at its other end go. */
export const MAX_LOADED_MESSAGES = 200;
/** What arrives moves nothing away that may be on the screen, unless it is very much. */
const MAX_GROWN_MESSAGES = 2 * MAX_LOADED_MESSAGES;

/** Of a conversation in which nothing has been said. */
export const EMPTY_WINDOW: MessageWindow = { records: [], hasOlder: false, hasNewer: false };

/** The window with a page that stands right before it. */
export function withOlder(
  window: MessageWindow,
  { page, hasOlder }: { page: readonly MessageRecord[]; hasOlder: boolean },
): MessageWindow {
  const all = [...page, ...window.records];
  const records = all.slice(0, MAX_LOADED_MESSAGES);
  return { records, hasOlder, hasNewer: window.hasNewer || records.length < all.length };
}

/** The window with a page that stands right after it. */
export function withNewer(
  window: MessageWindow,
  { page, hasNewer }: { page: readonly MessageRecord[]; hasNewer: boolean },
): MessageWindow {
  const all = [...window.records, ...page];
  const records = all.slice(-MAX_LOADED_MESSAGES);
  return { records, hasOlder: window.hasOlder || records.length < all.length, hasNewer };
}

/** The window after a message was written: changed or inserted, or as it is where the message stands outside of it. */
export function withRecord(window: MessageWindow, record: MessageRecord): MessageWindow {
  const { records, hasOlder, hasNewer } = window;
  const at = records.findLastIndex((one) => isSame(one, record));
  if (at >= 0) return { ...window, records: records.with(at, record) };
  const [first] = records;
  const last = records.at(-1);
  if (hasOlder && first && compareOrder(record, first) < 0) return window;
  if (hasNewer && last && compareOrder(record, last) > 0) return window;
  const before = records.findLastIndex((one) => compareOrder(one, record) < 0) + 1;
  const all = records.toSpliced(before, 0, record);
  if (all.length <= MAX_GROWN_MESSAGES) return { ...window, records: all };
  return { records: all.slice(-MAX_LOADED_MESSAGES), hasOlder: true, hasNewer };
}

/** The window after messages went for which this is so. */
export function without(
  window: MessageWindow,
  isGone: (record: MessageRecord) => boolean,
): MessageWindow {
  return window.records.some(isGone)
    ? { ...window, records: window.records.filter((record) => !isGone(record)) }
    : window;
}

/** True where both name the same message. */
export function isSame(a: { from: string; id: string }, b: { from: string; id: string }): boolean {
  return a.id === b.id && a.from === b.from;
}

/** True where a message stands after every one before it. */
export function isNewer(order: MessageOrder, newest: MessageOrder | null): boolean {
  return newest === null || compareOrder(order, newest) > 0;
}
