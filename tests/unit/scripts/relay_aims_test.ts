import assert from "node:assert/strict";
import { memoryRows, planIngest } from "../../../scripts/bench/comparison.ts";
import { RELAY_AIMS, withAim } from "../../../scripts/bench/relay_aims.ts";
import {
  fanOutName,
  filterShapes,
  ingestName,
  shapeRows,
  timeRows,
} from "../../../scripts/bench/relay_rows.ts";

Deno.test("every aim is that of a row that the comparison has", () => {
  const shapes = Object.keys(filterShapes({ count: 1, idOf: () => "" }));
  const asked = { latenciesMs: [1], perS: 1, eventsEach: 1, unanswered: 0 };
  const memory = memoryRows({ idleBytes: 0, filledBytes: 0, diskBytes: 0, events: 1 });
  const rows = [
    ...shapes.flatMap((shape) => shapeRows(shape, asked)),
    ...timeRows(fanOutName(1_000), { timesMs: [1] }),
    ...memory,
  ];
  const names = [ingestName(50), ...rows.map(({ name }) => name)];
  assert.deepEqual(Object.keys(RELAY_AIMS).filter((name) => !names.includes(name)), []);
});

Deno.test("a row without an aim stays as it is", () => {
  const row = { name: "memory, idle", value: 1, unit: "MB", better: "less" } as const;
  assert.deepEqual(withAim(row), row);
  const disk = { ...row, name: "disk an event" };
  assert.deepEqual(withAim(disk), { ...disk, aim: { atMost: 2.5 } });
});

Deno.test("ingest takes its usual events of 200,000, and half of few", () => {
  assert.deepEqual(planIngest(200_000), {
    warmUp: 1_000,
    ingest: [[1, 3_000], [10, 8_000], [50, 16_000]],
  });
  const { warmUp, ingest } = planIngest(1_000);
  const counts = [warmUp, ...ingest.map(([, count]) => count)];
  assert.ok(counts.every((count) => count > 0));
  assert.ok(counts.reduce((sum, count) => sum + count) <= 500);
});
