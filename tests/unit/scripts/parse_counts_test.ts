import assert from "node:assert/strict";
import { parseCounts } from "../../../scripts/test.ts";

const CASES: [string, ReturnType<typeof parseCounts>][] = [
  ["ok | 12 passed | 0 failed (3s)\n", { passed: 12, failed: 0 }],
  ["FAILED | 3 passed (7 steps) | 2 failed (1 step) | 1 ignored (120ms)\n", {
    passed: 3,
    failed: 2,
  }],
  ["a test printed: ok | 9 passed | 9 failed\n\nok | 1 passed | 0 failed (1ms)\n", {
    passed: 1,
    failed: 0,
  }],
  ["running 3 tests from ./a_test.ts\n", null],
];

for (const [output, counts] of CASES) {
  Deno.test(`the counts of a run are read from ${JSON.stringify(output.slice(0, 24))}`, () => {
    assert.deepEqual(parseCounts(output), counts);
  });
}
