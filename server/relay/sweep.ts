import { errorText, type Log } from "../log.ts";
import type { Store } from "./store.ts";

const INTERVAL_MS = 60 * 60 * 1000;
/** Small steps: each is one commit, and everything else happens between two. */
const BATCH_EVENTS = 64;
const BATCH_PAGES = 256;

/** Forgets what is past keeping: at the start and every hour. */
export interface Sweep {
  /** Ends the sweeping at the next step. */
  stop(): void;
}

/** Starts sweeping: private events past the retention, any event past its expiration; then frees their space. */
export function startSweep({ store, retentionS, nowS, defer, log }: {
  store: Pick<Store, "removeExpired" | "freePages">;
  retentionS: number;
  nowS(): number;
  defer(run: () => void): void;
  log: Log;
}): Sweep {
  let isStopped = false;
  let isRunning = false;
  let removed = 0;
  let freePages = Infinity;

  const step = (): void => {
    if (isStopped) return;
    try {
      const count = store.removeExpired({ nowS: nowS(), retentionS, limit: BATCH_EVENTS });
      removed += count;
      if (count > 0) return defer(step);
      const before = freePages;
      freePages = removed > 0 ? store.freePages(BATCH_PAGES) : 0;
      if (freePages > 0 && freePages < before) return defer(step);
    } catch (error) {
      log.error("relay.sweep_failed", { reason: errorText(error) });
    }
    if (removed > 0) log.info("relay.swept", { events: removed });
    isRunning = false;
  };

  const begin = (): void => {
    if (isRunning) return;
    isRunning = true;
    removed = 0;
    freePages = Infinity;
    defer(step);
  };

  begin();
  const timer = setInterval(begin, INTERVAL_MS);
  return {
    stop() {
      isStopped = true;
      clearInterval(timer);
    },
  };
}
