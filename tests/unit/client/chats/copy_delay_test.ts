import assert from "node:assert/strict";
import { createCopyDelay } from "../../../../client/chats/outgoing/copy_delay.ts";
import { createRandom, fuzzSeeds } from "../../../support/random.ts";

for (const seed of fuzzSeeds(3)) {
  Deno.test(`copies wait one to four seconds, and none passes the one before it (seed ${seed})`, () => {
    const random = createRandom(seed);
    let nowMs = 1_000_000;
    const copyDelayMs = createCopyDelay({
      nowMs: () => nowMs,
      random: () => random.int(1_000_000) / 1_000_000,
    });
    let lastAtMs = 0;
    for (let copy = 0; copy < 500; copy++) {
      nowMs += random.int(1_500);
      const delayMs = copyDelayMs();
      assert.ok(delayMs >= 1_000 && delayMs <= 4_000, String(delayMs));
      assert.ok(nowMs + delayMs >= lastAtMs);
      lastAtMs = nowMs + delayMs;
    }
  });
}
