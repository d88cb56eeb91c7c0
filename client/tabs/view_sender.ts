import { type Live, methodNames, readState } from "../chats/live.ts";
import type { ViewImage } from "./tab_message.ts";
import { changesBetween, type ViewChanges } from "./view_changes.ts";

/** Shows a view to other tabs, and does there what they ask of it. */
export interface ViewSender {
  /** The view as those who were told of all changes know it. */
  image(): ViewImage;
  /** @throws Error where the view has no such method, and what the method throws */
  ask(method: string, args: unknown[]): Promise<unknown>;
  /** Tells at once what is to be told. */
  flush(): void;
  end(): void;
}

/** What only the tab itself may do with what runs in it. */
const LOCAL_METHODS = new Set(["start", "stop", "onChange"]);

type Methods = Record<string, (...args: unknown[]) => unknown>;

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
    async ask(method, args) {
      if (!methods.includes(method)) throw new Error(`There is no ${method}.`);
      return await (live as Live<Methods>)[method]!(...args);
    },
    flush,
    end() {
      isEnded = true;
      endFollowing();
    },
  };
}
