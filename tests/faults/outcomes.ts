import assert from "node:assert/strict";
import type { Outcomes } from "./attempts.ts";

/** What the running server has to be able to do; everything else that a probe tries is refused. */
const ALLOWED = ["read its code", "list its data", "write its data", "listen"];

/** What the probes inside a server wrote to its log, in that order. */
export function outcomesIn(logs: string): Outcomes[] {
  const lines = logs.split("\n").filter((line) => line.startsWith("{"));
  const records = lines.map((line) => JSON.parse(line)).filter(({ event }) => event === "probe");
  return records.map(({ time: _time, level: _level, event: _event, ...outcomes }) => outcomes);
}

/** The outcomes of `worker_probe.ts` are those of a server that can do its work and nothing else. */
export function assertIsConfined(outcomes: Outcomes | undefined): void {
  assert.ok(outcomes, "the probe did not run");
  const names = Object.keys(outcomes);
  assert.ok(names.length > 30, `only ${names.length} attempts`);
  assert.deepEqual(names.filter((name) => outcomes[name] === "allowed"), ALLOWED);
  for (const name of names.filter((name) => !ALLOWED.includes(name))) {
    assert.equal(outcomes[name], "NotCapable", name);
  }
}

/** The outcomes of `supervisor_probe.ts` are those of a process that gave up everything. */
export function assertIsPowerless(outcomes: Outcomes | undefined): void {
  assert.ok(outcomes, "the probe did not run");
  assert.equal(Object.keys(outcomes).length, 7);
  for (const [name, outcome] of Object.entries(outcomes)) {
    assert.equal(outcome, "NotCapable", name);
  }
}
