import type { MessageOrder, MessageRecord } from "../../storage/chat_records.ts";
import type { ChatStorage } from "../../storage/chat_storage.ts";
import { EMPTY_WINDOW, type MessageWindow, withNewer, withOlder } from "./message_window.ts";

/** Messages that a thread loads when it opens. */
export const PAGE_MESSAGES = 50;
/** Messages that it loads at a time while it is scrolled: few enough to be drawn between two frames. */
export const STEP_MESSAGES = 10;
/** Messages on either side of one that the reader is taken to: it can stand in the middle of a window. */
export const AROUND_MESSAGES = 15;

/** Reads pieces of one conversation. Every method throws UserError `storage_failed`. */
export interface MessagePages {
  newest(limit: number): Promise<MessageWindow>;
  around(record: MessageRecord): Promise<MessageWindow>;
  /** The window with a page before it. */
  older(window: MessageWindow): Promise<MessageWindow>;
  /** The window with a page after it. */
  newer(window: MessageWindow): Promise<MessageWindow>;
}

/** The pages of the conversation with a primary. */
export function createMessagePages(
  { storage, primary }: { storage: ChatStorage; primary: string },
): MessagePages {
  // One more than is asked for tells whether there are more.
  async function before(place: MessageOrder | undefined, limit: number) {
    const found = await storage.newestMessages(primary, { before: place, limit: limit + 1 });
    return { page: found.slice(-limit), hasOlder: found.length > limit };
  }

  async function after(place: MessageOrder, limit: number) {
    const found = await storage.newerMessages(primary, { after: place, limit: limit + 1 });
    return { page: found.slice(0, limit), hasNewer: found.length > limit };
  }

  const newest = async (limit: number) => withOlder(EMPTY_WINDOW, await before(undefined, limit));

  return {
    newest,
    async around(record) {
      const [{ page, hasOlder }, next] = await Promise.all([
        before(record, AROUND_MESSAGES),
        after(record, AROUND_MESSAGES),
      ]);
      return withNewer({ records: [...page, record], hasOlder, hasNewer: true }, next);
    },
    older: async (window) =>
      window.hasOlder ? withOlder(window, await before(window.records[0], STEP_MESSAGES)) : window,
    async newer(window) {
      if (!window.hasNewer) return window;
      const last = window.records.at(-1);
      return last
        ? withNewer(window, await after(last, STEP_MESSAGES))
        : await newest(PAGE_MESSAGES);
    },
  };
}
