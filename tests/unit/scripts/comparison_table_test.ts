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

Deno.test("a count of faults has no ratio", () => {
  assert.equal(ratioAhead(row(50, "zero"), 50), NaN);
});

Deno.test("a peer is set against the column of ours that is as durable, and says where ours is behind", () => {
  const time = (value: number): Row => ({ name: "REQ", unit: "ms", value, better: "less" });
  const table = formatComparison("relays", [
    { name: "full", notes: ["synced"], rows: [{ ...row(1_000, "more"), aim: { atLeast: 800 } }] },
    { name: "normal", notes: [], rows: [row(2_000, "more"), time(4)] },
    { name: "peer", notes: ["not synced"], against: "normal", rows: [row(500, "more"), time(3)] },
  ]);
  assert.equal(
    table,
    [
      "relays",
      "                     full  normal              peer  aim",
      "  ingest  events/s  1,000   2,000       500 (4.00×)  ≥ 800  1.25 × met",
      "  REQ           ms      –       4  3 (0.75× BEHIND)",
      "  full: synced",
      "  peer: not synced; (…) is how many times better normal is",
    ].join("\n"),
  );
  assert.match(
    formatComparison("relays", [
      { name: "normal", notes: [], rows: [time(4)] },
      { name: "peer", notes: [], against: "normal", rows: [time(3)] },
    ]),
    /3 \(0\.75× BEHIND\)/,
  );
});

Deno.test("a value that one relay has and another has not is a dash", () => {
  const table = formatComparison("relays", [
    { name: "ours", notes: [], rows: [row(1, "more")] },
    { name: "peer", notes: [], against: "ours", rows: [] },
  ]);
  assert.match(table, /1 +–/);
});

Deno.test("what a relay failed at is no answer, its reason stands below", () => {
  const failed = { ...row(NaN, "more"), note: "no OK within 5 s" };
  const other = { ...failed, name: "REQ, p50" };
  const table = formatComparison("relays", [
    { name: "ours", notes: [], rows: [row(1, "more")] },
    { name: "peer", notes: [], against: "ours", rows: [failed, other] },
  ]);
  assert.match(table, /ingest +events\/s +1 +no answer$/m);
  assert.match(table, /^ {2}peer, ingest; REQ, p50: no OK within 5 s$/m);
});

Deno.test("a count of faults is shown where one relay has some", () => {
  const faults = (value: number) => ({ ...row(value, "zero"), name: "without EOSE" });
  const columns = (theirs: number) => [
    { name: "ours", notes: [], rows: [faults(0), row(1, "more")] },
    { name: "peer", notes: [], against: "ours", rows: [faults(theirs), row(2, "more")] },
  ];
  assert.doesNotMatch(formatComparison("relays", columns(0)), /EOSE/);
  assert.match(formatComparison("relays", columns(3)), /without EOSE +events\/s +0 +3$/m);
});
