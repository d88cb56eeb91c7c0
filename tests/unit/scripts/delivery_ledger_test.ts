import assert from "node:assert/strict";
import { createDeliveryLedger } from "../../../scripts/bench/delivery_ledger.ts";

Deno.test("an event that has not come is outstanding, one that comes twice is doubled", () => {
  const ledger = createDeliveryLedger();
  ledger.sent("a", 0);
  ledger.sent("b", 0);
  ledger.received("a", 5);
  ledger.received("a", 6);
  assert.equal(ledger.outstanding(), 1);
  assert.equal(ledger.doubled(), 1);
});

Deno.test("an event that nobody was to have counts as doubled", () => {
  const ledger = createDeliveryLedger();
  ledger.received("stray", 1);
  assert.equal(ledger.doubled(), 1);
});

Deno.test("a span holds what came since the one before", () => {
  const ledger = createDeliveryLedger();
  for (const [id, ms] of [["a", 2], ["b", 4], ["c", 90]] as const) {
    ledger.sent(id, 0);
    ledger.received(id, ms);
  }
  assert.deepEqual(ledger.takeSpan(), { delivered: 3, p50Ms: 4, p99Ms: 90 });
  assert.equal(ledger.takeSpan().delivered, 0);
});
