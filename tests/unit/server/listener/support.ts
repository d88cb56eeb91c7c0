import type { ListenerStore } from "../../../../server/listener/listener_store.ts";
import { createRateLimiter, type RateLimiter } from "../../../../server/rate_limit.ts";

/** What a listener remembers, and the cursors that it saved, in memory. */
export function memoryListenerStore(
  { seen = new Set<string>(), cursors = [] as number[] } = {},
): ListenerStore {
  return {
    isSeen: (id) => Promise.resolve(seen.has(id)),
    remember: (id) => Promise.resolve(void seen.add(id)),
    cursor: () => Promise.resolve(null),
    saveCursor: (_, createdAtS) => Promise.resolve(void cursors.push(createdAtS)),
    settled: () => Promise.resolve(),
  };
}

/** The real rates, of which nothing is kept. */
export function freshLimiter(nowMs: () => number): RateLimiter {
  const store = { load: () => Promise.resolve([]), save: () => Promise.resolve() };
  return createRateLimiter({ enabled: true, nowMs, store });
}

/** A push whose every call is done at once. */
export function instantPush(told: string[]) {
  return {
    notify(addr: string) {
      told.push(addr);
      return Promise.resolve(true);
    },
    cover: () => {},
    coveredSeq: () => 0,
  };
}
