import assert from "node:assert/strict";
import { createSerialQueue } from "../../../client/serial_queue.ts";

Deno.test("a task begins once the one before it has ended, well or not", async () => {
  const queue = createSerialQueue();
  const seen: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = queue.run(async () => {
    seen.push("first");
    await gate.promise;
    throw new Error("no");
  });
  const second = queue.run(() => {
    seen.push("second");
    return Promise.resolve("done");
  });
  await Promise.resolve();
  assert.deepEqual(seen, ["first"]);
  gate.resolve();
  await assert.rejects(first, { message: "no" });
  assert.equal(await second, "done");
  assert.deepEqual(seen, ["first", "second"]);
});

Deno.test("a task is given nothing of the one before it", async () => {
  const queue = createSerialQueue();
  const given: unknown[] = [];
  const task = (...args: unknown[]) => {
    given.push(...args);
    return Promise.resolve("a result");
  };
  await queue.run(task);
  await queue.run(task);
  assert.deepEqual(given, []);
});
