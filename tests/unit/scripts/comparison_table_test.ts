import assert from "node:assert/strict";
import { formatComparison, ratioAhead } from "../../../scripts/bench/comparison_table.ts";
import type { Row } from "../../../scripts/bench/relay_rows.ts";

function row(value: number, better: Row["better"]): Row {
  return { name: "ingest", unit: "events/s", value, better };
}

Deno.test("a ratio above one is ahead, whether more is better or less is", () => {
  assert.equal(ratioAhead(row(300, "more"), 100), 3);
  assert.equal(ratioAhead(row(2, "less"), 5), 2.5);
});

Deno.test("a value that should be the same everywhere has no ratio", () => {
  assert.equal(ratioAhead(row(50, "same"), 50), NaN);
});

Deno.test("a peer is set against the column of ours that is as durable, and says where ours is behind", () => {
  const time = (value: number): Row => ({ name: "REQ", unit: "ms", value, better: "less" });
  const table = formatComparison("relays", [
    { name: "full", note: "synced", rows: [{ ...row(1_000, "more"), aim: { atLeast: 800 } }] },
    { name: "normal", rows: [row(2_000, "more"), time(4)] },
    { name: "peer", note: "not synced", against: "normal", rows: [row(500, "more"), time(3)] },
  ]);
  assert.equal(
    table,
    [
      "relays",
      "                     full  normal         peer  aim",
      "  ingest  events/s  1,000   2,000  500 (4.00×)  ≥ 800  1.25 × met",
      "  full: synced",
      "  peer: not synced; (…) is how many times better normal is",
    ].join("\n"),
  );
  assert.match(
    formatComparison("relays", [
      { name: "normal", rows: [time(4)] },
      { name: "peer", against: "normal", rows: [time(3)] },
    ]),
    /3 \(0\.75× BEHIND\)/,
  );
});

Deno.test("a value that one relay has and another has not is a dash", () => {
  const table = formatComparison("relays", [
    { name: "ours", rows: [row(1, "more")] },
    { name: "peer", against: "ours", rows: [] },
  ]);
  assert.match(table, /1 +–/);
});
