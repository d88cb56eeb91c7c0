import assert from "node:assert/strict";
import { parseEventCount } from "../../../scripts/bench/event_count.ts";

Deno.test("a number of events is a whole one of at least 1,000", () => {
  assert.equal(parseEventCount("1000"), 1_000);
  assert.equal(parseEventCount("200000"), 200_000);
});

for (const text of ["", "many", "999", "-5000", "2e4", "5000.5", "9".repeat(20)]) {
  Deno.test(`"${text}" events are refused in words`, () => {
    assert.throws(() => parseEventCount(text), { name: "RangeError", message: /whole number/ });
  });
}
