import { errorText, type Log } from "../log.ts";
import { type MailReader, removeMailOf, removeMailToReleased, type Steps } from "./mail_removal.ts";
import type { Store } from "./store.ts";

const INTERVAL_MS = 60 * 60 * 1000;
/** Small steps: each is one commit, and everything else happens between two. */
const BATCH_EVENTS = 64;
const BATCH_PAGES = 256;

/** Forgets what is past keeping, at the start and every hour, and the mail that it is asked to. */
export interface Sweep {
  /** Removes the mail that a reader has by now, before anything else. */
  removeMail(reader: MailReader): void;
  /** Ends when all that was asked for is removed, or could not be. */
  settled(): Promise<void>;
  /** Ends the sweeping at the next step. */
  stop(): void;
}

export interface SweepDeps {
  store: Pick<Store, "removeExpired" | "freePages" | "remove" | "lastSeq" | "pages">;
  retentionS: number;
  /** Tells the addrs whose mail goes: the removal may have been cut short. */
  isGone(addr: string): boolean;
  nowS(): number;
  defer(run: () => void): void;
  log: Log;
}

/**
 * Starts sweeping: private events past the retention, any event past its expiration, mail to addrs that were released; then
 * frees their space.
 */
export function startSweep(deps: SweepDeps): Sweep {
  const { store, defer, log } = deps;
  const asked: Steps[] = [];
  let periodic: Steps | null = null;
  let isStopped = false;
  let isRunning = false;
  let waiting: (() => void)[] = [];

  const settle = (): void => {
    if (asked.length > 0 && !isStopped) return;
    const resolves = waiting;
    waiting = [];
    for (const resolve of resolves) resolve();
  };
  const end = (job: Steps): void => {
    if (job === periodic) periodic = null;
    else asked.shift();
    settle();
  };
  const step = (): void => {
    if (isStopped) return;
    const job = asked[0] ?? periodic;
    if (!job) return void (isRunning = false);
    try {
      if (job.next().done) end(job);
    } catch (error) {
      log.error("relay.sweep_failed", { reason: errorText(error) });
      end(job);
    }
    defer(step);
  };
  const begin = (): void => {
    if (isRunning) return;
    isRunning = true;
    defer(step);
  };
  const sweepAll = (): void => {
    periodic ??= counted(everything(deps), { store, log });
    begin();
  };

  sweepAll();
  const timer = setInterval(sweepAll, INTERVAL_MS);
  return {
    removeMail(reader) {
      asked.push(counted(removeMailOf(reader, store), { store, log }));
      begin();
    },
    settled: () =>
      asked.length === 0 || isStopped
        ? Promise.resolve()
        : new Promise((resolve) => waiting.push(resolve)),
    stop() {
      isStopped = true;
      clearInterval(timer);
      settle();
    },
  };
}

function* everything({ store, retentionS, isGone, nowS }: SweepDeps): Steps {
  for (;;) {
    const removed = store.removeExpired({ nowS: nowS(), retentionS, limit: BATCH_EVENTS });
    if (removed === 0) break;
    yield removed;
  }
  yield* removeMailToReleased(store, isGone);
}

/** The same steps, then those that free the space, where there is any; then a line in the log. */
function* counted(
  steps: Steps,
  { store, log }: Pick<SweepDeps, "store" | "log">,
): Steps {
  let removed = 0;
  for (const count of steps) {
    removed += count;
    yield count;
  }
  if (removed === 0) return;
  for (let before = Infinity, left = 0;; before = left) {
    left = store.freePages(BATCH_PAGES);
    if (left === 0 || left >= before) break;
    yield 0;
  }
  log.info("relay.swept", { events: removed });
}
