import type { Live } from "../chats/live.ts";
import type { Thread } from "../chats/model/thread_model.ts";
import type { ViewImage } from "./tab_message.ts";
import type { ViewChanges } from "./view_changes.ts";
import { createViewSender, type ViewSender } from "./view_sender.ts";

/** The threads that one tab has open in the leading one. */
export interface ServedThreads {
  /** Shows the tab an open thread from now on. */
  add(thread: Live<Thread>): ViewImage;
  find(view: string): ViewSender | null;
  close(view: string): void;
  closeAll(): void;
  /** Tells at once what is to be told. */
  flush(): void;
}

/** @param post tells the tab of changes */
export function createServedThreads(
  { post, newId }: {
    post: (view: string, changes: ViewChanges) => void;
    newId: () => string;
  },
): ServedThreads {
  const threads = new Map<string, { thread: Live<Thread>; sender: ViewSender }>();

  function close(view: string): void {
    const served = threads.get(view);
    threads.delete(view);
    served?.sender.end();
    served?.thread.close();
  }

  return {
    add(thread) {
      const view = newId();
      const sender = createViewSender(thread, { view, send: (changes) => post(view, changes) });
      threads.set(view, { thread, sender });
      return sender.image();
    },
    find: (view) => threads.get(view)?.sender ?? null,
    close,
    closeAll() {
      for (const view of [...threads.keys()]) close(view);
    },
    flush() {
      for (const { sender } of threads.values()) sender.flush();
    },
  };
}
