import assert from "node:assert/strict";
import { createSignalRule, runStopSteps } from "../../../server/lifecycle.ts";
import { createLog } from "../../../server/log.ts";

function openLog() {
  const records: Array<Record<string, unknown>> = [];
  const write = (line: string) => void records.push(JSON.parse(line));
  return { log: createLog({ level: "debug", format: "json", write, nowMs: () => 0 }), records };
}

Deno.test("groups of steps run one after another, the steps of a group side by side", async () => {
  const { log, records } = openLog();
  const seen: string[] = [];
  const both = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
  const step = (name: string, run: () => void | Promise<void>) => ({
    name,
    timeoutMs: 60_000,
    run,
  });
  await runStopSteps([
    [
      step("a", async () => {
        both[0].resolve();
        await both[1].promise;
        seen.push("a");
      }),
      step("b", async () => {
        both[1].resolve();
        await both[0].promise;
        seen.push("b");
      }),
    ],
    [],
    [step("c", () => void seen.push("c"))],
  ], log);
  assert.deepEqual([seen.slice(0, 2).sort(), seen[2], seen.length], [["a", "b"], "c", 3]);
  assert.deepEqual(records, []);
});

Deno.test("a step that fails or hangs is logged and holds up nothing", async () => {
  const { log, records } = openLog();
  const seen: string[] = [];
  const fail = (): void => {
    throw new Error("broken");
  };
  const hang = () => new Promise<void>(() => {});
  await runStopSteps([
    [
      { name: "throws", timeoutMs: 60_000, run: fail },
      { name: "rejects", timeoutMs: 60_000, run: () => Promise.reject(new Error("late")) },
      { name: "hangs", timeoutMs: 5, run: hang },
    ],
    [{ name: "last", timeoutMs: 60_000, run: () => void seen.push("last") }],
  ], log);
  assert.deepEqual(seen, ["last"]);
  const told = records.map(({ level, event, step, reason }) => [level, event, step, reason]);
  assert.deepEqual(told, [
    ["warn", "a step of stopping failed", "throws", "Error: broken"],
    ["warn", "a step of stopping failed", "rejects", "Error: late"],
    ["warn", "a step of stopping took too long", "hangs", undefined],
  ]);
});

Deno.test("the first signal drains, a late second one ends, an early one is the same again", () => {
  let nowMs = 5_000;
  const meaningOf = createSignalRule(() => nowMs);
  const at = (ms: number) => {
    nowMs = ms;
    return meaningOf();
  };
  assert.deepEqual(
    [at(5_000), at(5_000), at(5_999), at(6_000), at(60_000)],
    ["drain", "ignore", "ignore", "exit", "exit"],
  );
});
