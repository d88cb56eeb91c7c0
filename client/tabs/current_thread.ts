import { type Live, methodNames, readState, type StateOf } from "../chats/live.ts";
import type { Thread } from "../chats/model.ts";
import { createSource } from "./source.ts";

/** An open thread that stays open while the chats behind it are replaced. */
export interface CurrentThread {
  readonly thread: Live<Thread>;
  /** Goes on with the same thread of other chats; null for none at the moment. */
  reopen(open: ((primary: string) => Promise<Live<Thread> | null>) | null): void;
}

/**
 * Follows a thread, and then others in its place. What is asked of it in between waits.
 *
 * @param newId draws the id of a message, 32 hex: so a message that is sent twice, because the first answer was lost, is one
 * @param onClose called once, when the thread leaves the screen
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
    close() {
      leave();
      source.fail(new Error("The thread is closed."));
      listeners.clear();
      onClose();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const thread = { ...Object.fromEntries(methods), ...own };
  follow(first);
  return {
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
