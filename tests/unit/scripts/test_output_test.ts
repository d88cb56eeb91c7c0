import assert from "node:assert/strict";
import { parseCounts, parseDurations } from "../../../scripts/test_output.ts";

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

Deno.test("how long each test took is read in all units, with the file that it stands in; steps and what tests print are not", () => {
  const output = [
    "running 2 tests from ./tests/a_test.ts",
    "a, slow one ... ok (1m40s)",
    "with steps ...",
    "  one ... ok (2ms)",
    "  two ... ok (3ms)",
    "with steps ... ok (12s)",
    "",
    "running 1 test from ./tests/b_test.ts",
    "one that prints ...",
    "------- output -------",
    "copied 3 files (12 KB)",
    "----- output end -----",
    "one that prints ... FAILED (302ms)",
    "quick ... ok (500µs)",
    "",
    "ok | 4 passed | 1 failed (2m)",
  ].join("\n");
  assert.deepEqual(parseDurations(output), [
    { file: "./tests/a_test.ts", name: "a, slow one", ms: 100_000 },
    { file: "./tests/a_test.ts", name: "with steps", ms: 12_000 },
    { file: "./tests/b_test.ts", name: "one that prints", ms: 302 },
    { file: "./tests/b_test.ts", name: "quick", ms: 0.5 },
  ]);
});
