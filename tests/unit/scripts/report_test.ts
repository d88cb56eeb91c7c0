import assert from "node:assert/strict";
import { formatTable, percentile, ratioToAim } from "../../../scripts/bench/report.ts";

const PERCENTILES: [number[], number, number][] = [
  [[5], 99, 5],
  [[3, 1, 2], 50, 2],
  [[3, 1, 2], 0, 1],
  [[3, 1, 2], 100, 3],
  [Array.from({ length: 100 }, (_, index) => 100 - index), 95, 95],
  [Array.from({ length: 100 }, (_, index) => index + 1), 99, 99],
  [[], 50, NaN],
];

for (const [values, percent, expected] of PERCENTILES) {
  Deno.test(`percentile ${percent} of ${values.length} values is ${expected}`, () => {
    assert.equal(percentile(values, percent), expected);
  });
}

Deno.test("a ratio of one or more is an aim that is met, for floors and for ceilings", () => {
  assert.equal(ratioToAim(3000, { atLeast: 1500 }), 2);
  assert.equal(ratioToAim(50, { atMost: 25 }), 0.5);
});

Deno.test("a value that could not be measured has missed its aim", () => {
  const row = { name: "ingest", value: NaN, unit: "/s", aim: { atLeast: 1 }, note: "no OK" };
  assert.equal(
    formatTable("relay", [row]),
    "relay\n  ingest  no answer  /s  ≥ 1  MISSED  no OK",
  );
});

Deno.test("a table lines its columns up and says which aims are missed", () => {
  const table = formatTable("relay", [
    { name: "durable events", value: 2412.4, unit: "/s", aim: { atLeast: 1500 } },
    { name: "delivery p99", value: 31.25, unit: "ms", aim: { atMost: 25 }, note: "of 2,000" },
    { name: "sockets", value: 7, unit: "" },
  ]);
  assert.equal(
    table,
    [
      "relay",
      "  durable events  2,412  /s  ≥ 1,500  1.61 × met",
      "  delivery p99     31.3  ms  ≤ 25     0.80 × MISSED  of 2,000",
      "  sockets             7",
    ].join("\n"),
  );
});
