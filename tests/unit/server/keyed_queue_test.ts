import assert from "node:assert/strict";
import { createKeyedQueue } from "../../../server/keyed_queue.ts";

Deno.test("tasks of one key follow one another, those of another key do not wait", async () => {
  const inTurn = createKeyedQueue();
  const steps: string[] = [];
  const first = Promise.withResolvers<void>();
  const task = (name: string, until?: Promise<void>) => async () => {
    steps.push(`${name} begins`);
    await until;
    steps.push(`${name} ends`);
    return name;
  };
  const results = [
    inTurn("a", task("a1", first.promise)),
    inTurn("a", task("a2")),
    inTurn("b", task("b1")),
  ];
  assert.equal(await results[2], "b1");
  assert.deepEqual(steps, ["a1 begins", "b1 begins", "b1 ends"]);
  first.resolve();
  assert.deepEqual(await Promise.all(results), ["a1", "a2", "b1"]);
  assert.deepEqual(steps.slice(3), ["a1 ends", "a2 begins", "a2 ends"]);
});

Deno.test("a task that fails tells its caller alone", async () => {
  const inTurn = createKeyedQueue();
  const failing = inTurn("a", () => Promise.reject(new Error("no")));
  const next = inTurn("a", () => Promise.resolve("yes"));
  await assert.rejects(failing, /no/);
  assert.equal(await next, "yes");
});
