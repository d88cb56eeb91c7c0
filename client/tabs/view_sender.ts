import { type Live, methodNames, readState } from "../chats/live.ts";
import type { ViewImage } from "./tab_message.ts";
import { changesBetween, type ViewChanges } from "./view_changes.ts";

/** Tells others of a view's changes. */
export interface ViewSender {
  /** The view as those who were told of all changes know it. */
  image(): ViewImage;
  /** Tells at once what is to be told. */
  flush(): void;
  end(): void;
}

/** What only the tab itself may do with what runs in it. */
const LOCAL_METHODS = new Set(["start", "stop", "onChange"]);

/** @param send called once for all changes of one moment */
export function createViewSender(
  live: Live<object>,
  { view, send }: { view: string; send: (changes: ViewChanges) => void },
): ViewSender {
  const methods = methodNames(live).filter((name) => !LOCAL_METHODS.has(name));
  let sent = readState(live);
  let isDue = false;
  let isEnded = false;

  function flush(): void {
    if (!isDue || isEnded) return;
    isDue = false;
    const state = readState(live);
    const changes = changesBetween(sent, state);
    sent = state;
    if (changes) send(changes);
  }

  const endFollowing = live.onChange(() => {
    isDue = true;
    queueMicrotask(flush);
  });
  return {
    image: () => ({ view, state: sent, methods }),
    flush,
    end() {
      isEnded = true;
      endFollowing();
    },
  };
}
