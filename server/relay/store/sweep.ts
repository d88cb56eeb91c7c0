import type { Log } from "../../log.ts";
import { faultFields } from "../../storage_fault.ts";
import {
  type MailReader,
  removeEventsBy,
  removeMailOf,
  removeMailToReleased,
  removeRequested,
  type Steps,
} from "./removal.ts";
import type { Store } from "./store.ts";

const INTERVAL_MS = 60 * 60 * 1000;
/** Small steps: each is one commit, and everything else happens between two. */
const BATCH_EVENTS = 64;
const BATCH_PAGES = 256;

/** Forgets what is past keeping, at the start and every hour, and what it is asked to. */
export interface Sweep {
  /** Removes the mail that a reader has by now, before anything else. */
  removeMail(reader: MailReader): void;
  /** Removes what a nostr key published by now, before anything else. */
  removeEventsBy(pubkey: string): void;
  /** Removes what is asked to be deleted and to vanish by now; ends when it is gone. @throws where that has to wait for later */
  removeRequested(): Promise<void>;
  /** Ends when all that was asked for is removed, or could not be. */
  settled(): Promise<void>;
  /** Ends the sweeping at the next step. */
  stop(): void;
}

export interface SweepDeps {
  store: Pick<
    Store,
    "removeExpired" | "freePages" | "remove" | "lastSeq" | "pages" | "forgotten" | "json" | "seqAt"
  >;
  retentionS: number;
  /** Tells the addrs whose mail goes: the removal may have been cut short. */
  isReleased(addr: string): boolean;
  /** Nostr keys that are banned: the same. */
  bannedKeys(): string[];
  nowS(): number;
  defer(run: () => void): void;
  log: Log;
}

interface Job {
  steps: Steps;
  /** Called once: without an error when all is done. */
  ended(error?: unknown): void;
}

/**
 * Starts sweeping: private events past the retention, any event past its expiration, mail to addrs that were released,
 * what a crash left of requests; then frees their space.
 */
export function startSweep(deps: SweepDeps): Sweep {
  const { store, defer, log } = deps;
  const asked: Job[] = [];
  let periodic: Job | null = null;
  let isStopped = false;
  let isRunning = false;
  let waiting: (() => void)[] = [];

  const settle = (): void => {
    if (asked.length > 0 && !isStopped) return;
    const resolves = waiting;
    waiting = [];
    for (const resolve of resolves) resolve();
  };
  const end = (job: Job, error?: unknown): void => {
    if (job === periodic) periodic = null;
    else asked.shift();
    job.ended(error);
    settle();
  };
  const step = (): void => {
    if (isStopped) return;
    const job = asked[0] ?? periodic;
    if (!job) return void (isRunning = false);
    try {
      if (job.steps.next().done) end(job);
    } catch (error) {
      log.error("relay.sweep_failed", faultFields(error));
      end(job, error);
    }
    defer(step);
  };
  const begin = (): void => {
    if (isRunning) return;
    isRunning = true;
    defer(step);
  };
  const ask = (steps: Steps, ended: Job["ended"] = () => {}): void => {
    asked.push({ steps, ended });
    begin();
  };
  const sweepAll = (): void => {
    periodic ??= { steps: told(everything(deps), log), ended: () => {} };
    begin();
  };

  sweepAll();
  const timer = setInterval(sweepAll, INTERVAL_MS);
  return {
    removeMail: (reader) => ask(told(removeMailOf(reader, store), log)),
    removeEventsBy: (pubkey) => ask(told(removeEventsBy(pubkey, store), log)),
    removeRequested() {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      ask(removeRequested(store), (error) => error === undefined ? resolve() : reject(error));
      return promise;
    },
    settled: () =>
      asked.length === 0 || isStopped
        ? Promise.resolve()
        : new Promise((resolve) => waiting.push(resolve)),
    stop() {
      isStopped = true;
      clearInterval(timer);
      for (const { ended } of asked.splice(0)) ended(new Error("the relay is stopping"));
      settle();
    },
  };
}

function* everything({ store, retentionS, isReleased, bannedKeys, nowS }: SweepDeps): Steps {
  for (const pubkey of bannedKeys()) {
    yield 0;
    yield* removeEventsBy(pubkey, store);
  }
  yield* removeRequested(store);
  for (;;) {
    const removed = store.removeExpired({ nowS: nowS(), retentionS, limit: BATCH_EVENTS });
    if (removed === 0) break;
    yield removed;
  }
  yield* removeMailToReleased(store, isReleased);
  yield* freeSpace(store);
}

/** Gives what removed events leave back to the file system; until then it is written anew. */
function* freeSpace(store: Pick<Store, "freePages">): Steps {
  for (let before = Infinity, left = 0;; before = left) {
    left = store.freePages(BATCH_PAGES);
    if (left === 0 || left >= before) return;
    yield 0;
  }
}

/** The same steps, and a line in the log where they removed something. */
function* told(steps: Steps, log: Log): Steps {
  let removed = 0;
  for (const count of steps) {
    removed += count;
    yield count;
  }
  if (removed > 0) log.info("relay.swept", { events: removed });
}
