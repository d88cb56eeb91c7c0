import type { Live } from "../chats/live.ts";
import type { ViewImage } from "./tab_message.ts";
import { type ViewChanges, withChanges } from "./view_changes.ts";

/** A view that lives in the leading tab. */
export interface RemoteView<T> {
  readonly view: Live<T>;
  change(changes: ViewChanges): void;
}

/**
 * Shows a view of another tab as it was told of; its methods are asked of that tab.
 *
 * @param own methods that are not asked of it
 */
export function createRemoteView<T extends object>(
  image: ViewImage,
  { call, own = {} }: {
    call: (method: string, args: unknown[]) => Promise<unknown>;
    own?: Partial<T>;
  },
): RemoteView<T> {
  const listeners = new Set<() => void>();
  let state = image.state;
  const members = {
    ...Object.fromEntries(
      image.methods.map((name) => [name, (...args: unknown[]) => call(name, args)]),
    ),
    ...own,
    onChange(listener: () => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  for (const name of Object.keys(state)) {
    Object.defineProperty(members, name, { enumerable: true, get: () => state[name] });
  }
  return {
    view: members as unknown as Live<T>,
    change(changes) {
      state = withChanges(state, changes);
      for (const listener of listeners) listener();
    },
  };
}
