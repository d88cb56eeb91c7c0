import { type Live, methodNames, readState, type StateOf } from "../chats/live.ts";
import type { Thread } from "../chats/model/thread_model.ts";
import { createSource } from "./source.ts";

/** An open thread that stays open while the chats behind it are replaced. */
export interface CurrentThread {
  /** Closed while there are no chats behind it, it lets those that come do first what it was asked. */
  readonly thread: Live<Thread>;
  /** Goes on with the same thread of other chats; null for none at the moment. */
  reopen(open: ((primary: string) => Promise<Live<Thread> | null>) | null): void;
  /** Closes it at once: what waits fails. */
  end(): void;
}

/**
 * Follows a thread, and then others in its place. What is asked of it in between waits.
 *
 * @param newId draws the id of a message, 32 hex: so a message that is sent twice, because the first answer was lost, is one
 * @param onClose called once, when it is closed and nothing waits any more
 */
export function createCurrentThread(
  first: Live<Thread>,
  { newId, onClose }: { newId: () => string; onClose: () => void },
): CurrentThread {
  const source = createSource<Live<Thread>>();
  const listeners = new Set<() => void>();
  let shown: Record<string, unknown> = readState(first);
  /** How many had arrived before the thread was opened anew. */
  let arrivedBefore = 0;
  let endFollowing = () => {};
  let attempt = 0;
  /** It has left the screen, and is closed once other chats have been asked what waits. */
  let isLeaving = false;

  function show(thread: Live<Thread>): void {
    shown = { ...readState(thread), arrivedCount: arrivedBefore + thread.arrivedCount };
    for (const listener of listeners) listener();
  }

  function follow(thread: Live<Thread>): void {
    endFollowing = thread.onChange(() => show(thread));
    source.replace(thread);
    show(thread);
  }

  function leave(): void {
    attempt++;
    endFollowing();
    source.current?.close();
    source.replace(null);
  }

  /** What waits has been asked in the moment in which somebody is there to be asked. */
  function close(): void {
    listeners.clear();
    isLeaving = source.current === null;
    if (isLeaving) return;
    attempt++;
    endFollowing();
    const { current } = source;
    source.close(new Error("The thread is closed."));
    current?.close();
    onClose();
  }

  function end(): void {
    listeners.clear();
    leave();
    source.fail(new Error("The thread is closed."));
    onClose();
  }

  const methods = methodNames(first).map((name) => {
    const call = (...args: unknown[]) => source.ask((thread) => methodOf(thread, name)(...args));
    return [name, call] as const;
  });
  const states = Object.keys(readState(first)).map((name) =>
    [name, { enumerable: true, get: () => shown[name] }] as const
  );
  const own: Pick<Live<Thread>, "send" | "close" | "onChange"> = {
    send: (text, options = {}) => {
      const named = { id: newId(), ...options };
      return source.ask((current) => current.send(text, named));
    },
    close,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const thread = { ...Object.fromEntries(methods), ...own };
  follow(first);
  return {
    end,
    thread: Object.defineProperties(thread, Object.fromEntries(states)) as Live<Thread>,
    async reopen(open) {
      leave();
      if (!open) return;
      const own = attempt;
      try {
        const before = shown as unknown as StateOf<Thread>;
        const next = await open(before.conversation.primary);
        if (next) await goTo(next, before);
        if (own !== attempt) return next?.close();
        if (next) {
          arrivedBefore = before.arrivedCount + countSince(next, before.newest?.key);
          follow(next);
          // Behind those who wait, who go on at the same moment.
          if (isLeaving) queueMicrotask(close);
        } else source.fail(new Error("The conversation is gone."));
      } catch (error) {
        if (own === attempt) source.fail(error as Error);
      }
    },
  };
}

/** Loads what was loaded before. */
async function goTo(
  thread: Thread,
  { messages, hasNewer }: Pick<StateOf<Thread>, "messages" | "hasNewer">,
): Promise<void> {
  const middle = messages[messages.length >> 1];
  if (hasNewer && middle) return void await thread.showAround(middle.key);
  while (thread.hasOlder && !thread.hasNewer && thread.messages.length < messages.length) {
    await thread.loadOlder();
  }
  await thread.showLatest();
}

/** How many messages of the peer stand after one. */
function countSince({ messages }: Thread, key: string | undefined): number {
  const place = messages.findLastIndex((message) => message.key === key);
  return place < 0 ? 0 : messages.slice(place + 1).filter(({ isOwn }) => !isOwn).length;
}

type Method = (...args: unknown[]) => Promise<unknown>;

/** A method by its name: views are alike in all tabs of one version. */
export function methodOf(view: object, name: string): Method {
  return (view as Record<string, Method>)[name]!;
}
