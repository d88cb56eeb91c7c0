import { type Live, readState, type StateOf } from "../chats/live.ts";
import type { Chats } from "../chats/model/model.ts";
import type { Thread } from "../chats/model/thread_model.ts";
import { createCurrentThread, type CurrentThread, methodOf } from "./current_thread.ts";
import { createSource } from "./source.ts";

/** Chats of this tab, or of the one that leads. */
export interface ChatsSource extends Live<Chats> {
  openThread(peer: string): Promise<Live<Thread> | null>;
}

/** The chats of whichever account is open, wherever they run: one object for the life of the page. */
export interface CurrentChats {
  readonly chats: ChatsSource;
  /**
   * Goes on with other chats: threads stay open, and what was not answered is asked again. Null for none at the moment:
   * what was shown stays, what is asked waits.
   */
  attach(source: ChatsSource | null): void;
  /** The account is closed: nothing is shown any more, and what waits fails. */
  clear(): void;
}

/** What is shown while no account is open. */
const NOTHING: StateOf<Chats> = {
  isLoaded: false,
  conversations: [],
  blocked: [],
  connection: { state: "connecting", relays: [], takerCount: 0, isDefaultList: true },
  preferences: {
    readReceipts: true,
    typing: true,
    showVia: true,
    usesOwnKey: false,
    notifications: true,
  },
  profile: { displayName: null, picture: null, isPublic: false },
  searchRevision: 0,
  claimsRevision: 0,
  backup: null,
};

/** @param newId draws 32 hex */
export function createCurrentChats({ newId }: { newId: () => string }): CurrentChats {
  const source = createSource<ChatsSource>();
  const listeners = new Set<() => void>();
  const threads = new Set<CurrentThread>();
  let shown: Record<string, unknown> = { ...NOTHING };
  let isClosed = false;
  let endFollowing = () => {};

  function show(state: Record<string, unknown>): void {
    shown = state;
    for (const listener of listeners) listener();
  }

  async function openThread(peer: string): Promise<Live<Thread> | null> {
    const opened = await source.ask(async (chats) => {
      const thread = await chats.openThread(peer);
      return thread && { thread, chats };
    });
    if (!opened) return null;
    const open = createCurrentThread(opened.thread, { newId, onClose: () => threads.delete(open) });
    threads.add(open);
    if (source.current !== opened.chats) open.reopen(opener(source.current));
    return open.thread;
  }

  const own: Pick<ChatsSource, "openThread" | "onChange"> = {
    openThread,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const states = Object.keys(NOTHING).map((name) =>
    [name, { enumerable: true, get: () => shown[name] }] as const
  );
  Object.defineProperties(own, Object.fromEntries(states));

  /** Every other method is that of the chats at the time of the call. */
  const chats = new Proxy(own as ChatsSource, {
    get(target, name) {
      if (typeof name !== "string" || name === "then" || name in target) {
        return Reflect.get(target, name);
      }
      return (...args: unknown[]) => source.ask((chats) => methodOf(chats, name)(...args));
    },
  });

  return {
    chats,
    attach(next) {
      if (isClosed && !next) return;
      isClosed = false;
      endFollowing();
      source.replace(next);
      for (const open of threads) open.reopen(opener(next));
      // What was shown before stays until there is something to show in its place.
      const follow = () => next?.isLoaded && show({ ...NOTHING, ...readState(next) });
      endFollowing = next?.onChange(follow) ?? (() => {});
      follow();
    },
    clear() {
      isClosed = true;
      endFollowing();
      source.fail(new Error("The account is locked."));
      for (const open of [...threads]) open.end();
      show({ ...NOTHING });
    },
  };
}

function opener(chats: ChatsSource | null) {
  return chats && ((primary: string) => chats.openThread(primary));
}
