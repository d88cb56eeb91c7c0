import assert from "node:assert/strict";
import { createLanes } from "../../../client/lanes.ts";

Deno.test("so many tasks of a name run at a time, in their order, whatever becomes of them", async () => {
  const lanes = createLanes(2);
  const begun: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<void>>();
  const start = (name: string, task: string) =>
    lanes.run(name, () => {
      begun.push(task);
      ends.set(task, Promise.withResolvers<void>());
      return ends.get(task)!.promise;
    });
  const [one, two, three, four] = ["a1", "a2", "a3", "a4"].map((task) => start("a", task));
  const other = start("b", "b1");
  assert.deepEqual(begun, ["a1", "a2", "b1"]);
  ends.get("a2")!.reject(new Error("no"));
  await assert.rejects(two!);
  assert.deepEqual(begun, ["a1", "a2", "b1", "a3"]);
  ends.get("a1")!.resolve();
  await one;
  assert.equal(begun.at(-1), "a4");
  for (const task of ["a3", "a4", "b1"]) ends.get(task)!.resolve();
  await Promise.all([three, four, other]);
  await Promise.all([start("a", "a5"), ends.get("a5")!.resolve()]);
});
