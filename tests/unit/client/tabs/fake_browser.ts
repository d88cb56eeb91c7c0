import { createPresence } from "../../../../client/tabs/presence.ts";
import type { TabChannel, TabMessage } from "../../../../client/tabs/tab_message.ts";

interface LockRequest {
  page: FakePage;
  hold: () => unknown;
  fail: (error: Error) => void;
  resolve: (value: unknown) => void;
}

/** A page of a fake browser: what it has of the browser goes with it. */
export interface FakePage {
  readonly locks: Pick<LockManager, "request">;
  readonly channel: TabChannel;
  readonly presence: ReturnType<typeof createPresence>;
  /** Nothing of it runs any more; its locks and messages stay. */
  freeze(): void;
  thaw(): void;
  /** It is gone, with its locks. */
  end(): void;
}

/** Locks and channels as the pages of one origin share them. What one page says, others hear a moment later, in order. */
export interface FakeBrowser {
  openPage(): FakePage;
  /** Everything that was said, by anybody. */
  readonly said: TabMessage[];
  /** Resolves once nobody has anything more to hear. */
  settle(): Promise<void>;
}

/** @param delayMs how long the next message, or answer to a request for a lock, takes */
export function createFakeBrowser(delayMs: () => number = () => 0): FakeBrowser {
  const holders = new Map<string, LockRequest>();
  const queues = new Map<string, LockRequest[]>();
  const listeners = new Map<FakePage, ((message: TabMessage) => void)[]>();
  /** What a frozen page has not heard yet. */
  const frozen = new Map<FakePage, (() => void)[]>();
  const ended = new Set<FakePage>();
  const said: TabMessage[] = [];
  let underway = 0;

  /** Later, and in a page's own time; for one page always in the order in which it was asked for. */
  const last = new Map<FakePage, Promise<unknown>>();
  function later(page: FakePage, task: () => void): void {
    underway++;
    const before = last.get(page);
    const done = (async () => {
      await new Promise((resolve) => setTimeout(resolve, delayMs()));
      await before;
      underway--;
      const run = () => ended.has(page) || task();
      const waiting = frozen.get(page);
      if (waiting) waiting.push(run);
      else run();
    })();
    last.set(page, done);
  }

  function grant(name: string): void {
    const queue = queues.get(name) ?? [];
    if (holders.has(name)) return;
    const next = queue.shift();
    if (!next) return;
    holders.set(name, next);
    later(next.page, async () => {
      // It was stolen before it was noticed.
      if (holders.get(name) !== next) return;
      await next.hold();
      if (holders.get(name) !== next) return;
      holders.delete(name);
      next.resolve(undefined);
      grant(name);
    });
  }

  function say(page: FakePage, message: TabMessage): void {
    if (ended.has(page)) return;
    said.push(message);
    for (const [other, hear] of listeners) {
      if (other === page) continue;
      later(other, () => hear.forEach((listener) => listener(structuredClone(message))));
    }
  }

  function openPage(): FakePage {
    const request = (name: string, ...rest: unknown[]) => {
      const hold = rest.at(-1) as () => unknown;
      const options = (rest.length > 1 ? rest[0] : {}) as LockOptions;
      const { promise, resolve, reject } = Promise.withResolvers<unknown>();
      const own: LockRequest = { page, hold, resolve, fail: reject };
      const queue = queues.get(name) ?? [];
      queues.set(name, queue);
      if (options.steal) {
        const holder = holders.get(name);
        holders.delete(name);
        queue.unshift(own);
        if (holder) later(holder.page, () => holder.fail(new DOMException("", "AbortError")));
      } else queue.push(own);
      options.signal?.addEventListener("abort", () => {
        const at = queue.indexOf(own);
        if (at < 0) return;
        queue.splice(at, 1);
        reject(new DOMException("", "AbortError"));
      });
      grant(name);
      return promise;
    };
    const locks = { request } as unknown as LockManager;
    const page: FakePage = {
      locks,
      presence: createPresence(locks),
      channel: {
        post(message) {
          const copy = structuredClone(message);
          // What runs in a frozen page here would not in a browser: it is said afterwards.
          const waiting = frozen.get(page);
          if (waiting) waiting.push(() => say(page, copy));
          else say(page, copy);
        },
        listen: (listener) => void listeners.get(page)!.push(listener),
      },
      freeze() {
        if (!frozen.has(page)) frozen.set(page, []);
      },
      thaw() {
        const missed = frozen.get(page) ?? [];
        frozen.delete(page);
        for (const run of missed) run();
      },
      end() {
        ended.add(page);
        listeners.delete(page);
        for (const queue of queues.values()) {
          queue.splice(0, queue.length, ...queue.filter((one) => one.page !== page));
        }
        for (const [name, holder] of [...holders]) {
          if (holder.page !== page) continue;
          holders.delete(name);
          grant(name);
        }
      },
    };
    listeners.set(page, []);
    return page;
  }

  return {
    openPage,
    said,
    async settle() {
      do await new Promise((resolve) => setTimeout(resolve, 1)); while (underway > 0);
    },
  };
}
