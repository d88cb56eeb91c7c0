import assert from "node:assert/strict";
import { clockHint } from "../../../../client/components/clock_hint.ts";
import { inUnits, spanName } from "../../../../client/components/duration.ts";

const MINUTE_MS = 60_000;

Deno.test("a clock that is right within two minutes is not spoken of", () => {
  for (const minutes of [0, 1, -1.9, 2, -2]) assert.equal(clockHint(minutes * MINUTE_MS), null);
});

Deno.test("a clock that is off is told by how much, and in which direction", () => {
  assert.match(clockHint(7 * MINUTE_MS)!, /7 minutes behind/);
  assert.match(clockHint(-121_000)!, /2 minutes ahead/);
  assert.match(clockHint(-90 * MINUTE_MS)!, /90 minutes ahead/);
  assert.match(clockHint(5.2 * 60 * MINUTE_MS)!, /5 hours behind/);
  assert.match(clockHint(72 * 60 * MINUTE_MS)!, /3 days behind/);
});

Deno.test("a time is said in the largest unit that divides it", () => {
  assert.equal(spanName(3600), "1 hour");
  assert.equal(spanName(5400), "90 minutes");
  assert.equal(spanName(7 * 86_400), "1 week");
  assert.equal(spanName(7), "7 seconds");
  assert.deepEqual(inUnits(2 * 86_400), { count: 2, unit: "day" });
});
