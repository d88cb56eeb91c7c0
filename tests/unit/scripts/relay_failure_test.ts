import assert from "node:assert/strict";
import { orGiveUp, watchSilence } from "../../../scripts/bench/relay_failure.ts";

const NEVER = new Promise<never>(() => {});

Deno.test("what comes in time is given on, a failure too", async () => {
  assert.equal(await orGiveUp(Promise.resolve(7), () => "no number"), 7);
  await assert.rejects(orGiveUp(Promise.reject(new TypeError("x")), () => "no number"), TypeError);
});

Deno.test("what does not come is named", async () => {
  await assert.rejects(orGiveUp(NEVER, () => "no EOSE", { afterMs: 10 }), {
    name: "RelayFailure",
    message: "no EOSE within 0.01 s",
  });
});

Deno.test("a relay that falls silent is noticed, and what is missing by then is told", async () => {
  let missing = 5;
  using watch = watchSilence(() => `no OK for ${missing} events`, { afterMs: 20 });
  watch.heard();
  missing = 2;
  await assert.rejects(watch.silent, { name: "RelayFailure", message: /^no OK for 2 events/ });
});
