import assert from "node:assert/strict";
import { createTurns, type TurnTask } from "../../../../../server/relay/connection/turns.ts";

/** Turns on a clock that only work moves. */
function createSetup() {
  let nowMs = 0;
  const deferred: (() => void)[] = [];
  const turns = createTurns({ monotonicMs: () => nowMs, defer: (run) => void deferred.push(run) });
  const log: string[] = [];
  /** A task of so many pieces, each of which takes `ms`. */
  const task = (name: string, { pieces, ms = 0 }: { pieces: number; ms?: number }): TurnTask => ({
    run() {
      nowMs += ms;
      log.push(name);
      pieces -= 1;
      return pieces > 0 ? "more" : "done";
    },
  });
  const runSlice = () => deferred.shift()?.();
  return { turns, log, task, deferred, runSlice };
}

Deno.test("nothing runs before its slice, and an idle queue asks for none", () => {
  const { turns, log, task, deferred, runSlice } = createSetup();
  assert.equal(deferred.length, 0);
  turns.add({}, task("a", { pieces: 1 }));
  turns.add({}, task("b", { pieces: 1 }));
  assert.deepEqual(log, []);
  assert.equal(deferred.length, 1);
  runSlice();
  assert.deepEqual(log, ["a", "b"]);
  assert.equal(deferred.length, 0);
});

Deno.test("owners take turns piece by piece, tasks of one owner follow each other", () => {
  const { turns, log, task, runSlice } = createSetup();
  const [busy, other] = [{}, {}];
  turns.add(busy, task("a", { pieces: 3 }));
  turns.add(busy, task("b", { pieces: 1 }));
  turns.add(other, task("c", { pieces: 2 }));
  runSlice();
  assert.deepEqual(log, ["a", "c", "a", "c", "a", "b"]);
});

Deno.test("clients take turns, and the owners of a client share its turns", () => {
  const { turns, log, task, runSlice } = createSetup();
  for (const name of ["a1", "a2", "a3"]) turns.add({ client: "a" }, task(name, { pieces: 2 }));
  turns.add({ client: "b" }, task("b", { pieces: 3 }));
  turns.add({}, task("c", { pieces: 1 }));
  runSlice();
  assert.deepEqual(log, ["a1", "b", "c", "a2", "b", "a3", "b", "a1", "a2", "a3"]);
});

Deno.test("after 5 ms everything else comes first", () => {
  const { turns, log, task, deferred, runSlice } = createSetup();
  turns.add({}, task("a", { pieces: 5, ms: 2 }));
  turns.add({}, task("b", { pieces: 1, ms: 2 }));
  runSlice();
  assert.deepEqual(log, ["a", "b", "a"]);
  assert.equal(deferred.length, 1);
  runSlice();
  assert.deepEqual(log, ["a", "b", "a", "a", "a", "a"]);
  assert.equal(deferred.length, 0);
});

Deno.test("a task that waits holds up its owner alone", async () => {
  const { turns, log, task, runSlice } = createSetup();
  const ready = Promise.withResolvers<void>();
  const owner = {};
  let runs = 0;
  turns.add(owner, {
    run() {
      runs += 1;
      log.push(`wait ${runs}`);
      return runs === 1 ? ready.promise : "done";
    },
  });
  turns.add(owner, task("behind", { pieces: 1 }));
  turns.add({}, task("other", { pieces: 2 }));
  runSlice();
  assert.deepEqual(log, ["wait 1", "other", "other"]);
  ready.resolve();
  await ready.promise;
  await Promise.resolve();
  runSlice();
  assert.deepEqual(log.slice(3), ["wait 2", "behind"]);
});

Deno.test("after a stop nothing runs, not even what was waiting", async () => {
  const { turns, log, task, runSlice } = createSetup();
  const ready = Promise.withResolvers<void>();
  turns.add({}, { run: () => ready.promise });
  runSlice();
  turns.add({}, task("a", { pieces: 1 }));
  turns.stop();
  turns.add({}, task("b", { pieces: 1 }));
  ready.resolve();
  await ready.promise;
  await Promise.resolve();
  runSlice();
  runSlice();
  assert.deepEqual(log, []);
});
