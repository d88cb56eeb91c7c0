import assert from "node:assert/strict";
import { formatVerdict } from "../../../scripts/bench/soak_verdict.ts";

const NO_FAULTS = { refused: 0, lost: 0, doubled: 0 };

Deno.test("the verdict sets the last minute beside the first", () => {
  const minutes = [{ megabytes: 200, p99Ms: 4 }, { megabytes: 900, p99Ms: 90 }, {
    megabytes: 220,
    p99Ms: 5,
  }];
  assert.equal(
    formatVerdict(minutes, NO_FAULTS),
    "verdict: memory 200 → 220 MB (1.10×); p99 4 → 5 ms (1.25×); 0 refused, 0 lost, 0 doubled; " +
      "every event came once",
  );
});

for (const fault of ["refused", "lost", "doubled"]) {
  Deno.test(`a soak with an event ${fault} is faulty`, () => {
    const line = formatVerdict([{ megabytes: 1, p99Ms: 1 }], { ...NO_FAULTS, [fault]: 1 });
    assert.match(line, new RegExp(`1 ${fault}.*FAULTY$`));
  });
}
