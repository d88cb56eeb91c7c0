import assert from "node:assert/strict";
import { createTabLock } from "../../../client/tab_lock.ts";

/** One lock of the Web Locks API, as tabs of one origin share it. */
function createFakeLocks() {
  interface Request {
    grant(): void;
  }
  const queue: Request[] = [];
  let holder: { fail(error: Error): void; release(): void } | null = null;
  const next = () => {
    if (holder === null) queue.shift()?.grant();
  };
  const request = (_name: string, options: LockOptions, hold: () => Promise<unknown>) => {
    const done = Promise.withResolvers<unknown>();
    const entry: Request = {
      grant() {
        const own = {
          fail: done.reject,
          release: () => {
            holder = null;
            next();
          },
        };
        holder = own;
        hold().then(done.resolve, done.reject);
      },
    };
    if (options.steal) {
      holder?.fail(new DOMException("stolen", "AbortError"));
      holder = null;
      entry.grant();
    } else {
      queue.push(entry);
      options.signal?.addEventListener("abort", () => {
        const at = queue.indexOf(entry);
        if (at < 0) return;
        queue.splice(at, 1);
        done.reject(new DOMException("aborted", "AbortError"));
      });
      next();
    }
    return done.promise;
  };
  return {
    locks: { request } as unknown as LockManager,
    endHolder: () => holder?.release(),
    get waiting() {
      return queue.length;
    },
  };
}

function openTab(shared: ReturnType<typeof createFakeLocks>) {
  const log: string[] = [];
  const timers: (() => void)[] = [];
  const { promise: yielded, resolve } = Promise.withResolvers<void>();
  const lock = createTabLock({
    locks: shared.locks,
    name: "session",
    afterMs: (_ms, run) => void timers.push(run),
  });
  lock.start({
    onHeld: () => void log.push("held"),
    onElsewhere() {
      log.push("elsewhere");
      resolve();
    },
  });
  return { lock, log, yielded, passTime: () => timers.forEach((run) => run()) };
}

Deno.test("the first tab has the session, and is not told otherwise later", () => {
  const tab = openTab(createFakeLocks());
  tab.passTime();
  assert.deepEqual(tab.log, ["held"]);
});

Deno.test("a second tab waits, says so after a moment, and follows when the first one ends", () => {
  const shared = createFakeLocks();
  openTab(shared);
  const second = openTab(shared);
  assert.deepEqual(second.log, []);
  second.passTime();
  assert.deepEqual(second.log, ["elsewhere"]);
  shared.endHolder();
  assert.deepEqual(second.log, ["elsewhere", "held"]);
});

Deno.test("a reload never shows that the page it replaces is open", () => {
  const shared = createFakeLocks();
  openTab(shared);
  const reloaded = openTab(shared);
  shared.endHolder();
  reloaded.passTime();
  assert.deepEqual(reloaded.log, ["held"]);
});

Deno.test("a tab that takes the session has it, and the other one waits in turn", async () => {
  const shared = createFakeLocks();
  const first = openTab(shared);
  const second = openTab(shared);
  second.passTime();
  second.lock.take();
  await first.yielded;
  assert.deepEqual(second.log, ["elsewhere", "held"]);
  assert.deepEqual(first.log, ["held", "elsewhere"]);
  assert.equal(shared.waiting, 1);
  shared.endHolder();
  assert.deepEqual(first.log, ["held", "elsewhere", "held"]);
});
