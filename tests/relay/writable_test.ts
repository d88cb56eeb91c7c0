import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { makeEvent } from "./support/events.ts";
import { startTestRelay } from "./support/test_relay.ts";

Deno.test("a relay tells at once that its store cannot be written, and again when it can", async () => {
  let nowMs = Date.now();
  await using relay = await startTestRelay({ nowMs: () => nowMs });
  assert.equal(relay.isWritable(), true);
  const other = new DatabaseSync(relay.dbPath);
  try {
    other.exec("BEGIN IMMEDIATE");
    assert.equal(relay.isWritable(), true, "the answer holds for 2 s");
    nowMs += 2_000;
    assert.equal(relay.isWritable(), false);
    assert.ok(relay.logLines.some((line) => line.includes('"relay.store_unwritable"')));
    other.exec("ROLLBACK");
    nowMs += 1_999;
    assert.equal(relay.isWritable(), false);
    nowMs += 1;
    assert.equal(relay.isWritable(), true);
  } finally {
    other.close();
  }
  await using client = await relay.connect();
  assert.deepEqual(await client.publish(makeEvent()), [true, ""]);
});

Deno.test("a clock that was set back makes no answer hold for longer", async () => {
  let nowMs = Date.now();
  await using relay = await startTestRelay({ nowMs: () => nowMs });
  const other = new DatabaseSync(relay.dbPath);
  try {
    other.exec("BEGIN IMMEDIATE");
    assert.equal(relay.isWritable(), false);
    other.exec("ROLLBACK");
    nowMs -= 60_000;
    assert.equal(relay.isWritable(), true);
  } finally {
    other.close();
  }
});
