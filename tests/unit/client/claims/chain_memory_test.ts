import assert from "node:assert/strict";
import { withTold } from "../../../../client/claims/chain_memory.ts";
import { EMPTY_CHAIN_MEMORY } from "../../../../client/claims/claim_model.ts";
import { createRandom, fuzzSeeds } from "../../../support/random.ts";
import { withServed } from "../../../../client/claims/served_chain.ts";

const LONG = Array.from({ length: 30 }, (_, at) => `${at}`.padStart(64, "0"));

const hash = (name: string) => name.repeat(64).slice(0, 64);
const HASHES = ["a", "b", "c", "d"].map(hash);
const pin = (length: number, head = HASHES[length - 1] ?? null) => ({ length, head });
const chain = (length: number) => ({ hashes: HASHES.slice(0, length) });

Deno.test("what a server shows is remembered, and what follows it is fine", () => {
  const seen = withServed(EMPTY_CHAIN_MEMORY, chain(2));
  assert.deepEqual(seen, { seen: pin(2), told: null, agreed: null, warning: null });
  assert.deepEqual(withServed(seen, chain(4)).seen, pin(4));
});

Deno.test("a shorter chain, and another one, are told apart; what was seen stays", () => {
  const seen = withServed(EMPTY_CHAIN_MEMORY, chain(3));
  assert.deepEqual(withServed(seen, chain(2)), { ...seen, warning: "rollback" });
  const other = { hashes: [hash("a"), hash("x"), hash("y"), hash("z")] };
  assert.deepEqual(withServed(seen, other), { ...seen, warning: "fork" });
  assert.equal(withServed(withServed(seen, other), chain(4)).warning, null);
});

Deno.test("what a contact tells is compared with what the server shows", () => {
  const told = withTold(EMPTY_CHAIN_MEMORY, pin(3));
  assert.deepEqual(told.told, pin(3));
  assert.equal(withServed(told, chain(2)).warning, "rollback");
  assert.equal(
    withServed(withTold(EMPTY_CHAIN_MEMORY, pin(2, hash("x"))), chain(3)).warning,
    "fork",
  );
  const agreed = withServed(told, chain(4));
  assert.deepEqual(agreed, { seen: pin(4), told: null, agreed: pin(3), warning: null });
  // The same again is no news, nor is what the server has shown.
  assert.equal(withTold(agreed, pin(3)), agreed);
  assert.equal(withTold(agreed, pin(4)), agreed);
});

Deno.test("another head at a length that is known shows at once", () => {
  const seen = withServed(EMPTY_CHAIN_MEMORY, chain(3));
  const forked = withTold(seen, pin(3, hash("x")));
  assert.equal(forked.warning, "fork");
  assert.equal(withServed(forked, chain(4)).warning, "fork");
});

Deno.test("an older message does not hide what a newer one has told", () => {
  const told = withTold(EMPTY_CHAIN_MEMORY, pin(4));
  assert.equal(withTold(told, pin(2)), told);
  assert.deepEqual(withTold(withTold(EMPTY_CHAIN_MEMORY, pin(2)), pin(4)).told, pin(4));
});

Deno.test("nothing, an empty chain, and one without a head say nothing", () => {
  for (const told of [undefined, pin(0), { length: 3, head: null }]) {
    assert.equal(withTold(EMPTY_CHAIN_MEMORY, told), EMPTY_CHAIN_MEMORY);
  }
});

Deno.test("of what a message says only length and head are kept", () => {
  const told = { ...pin(2), filler: "x".repeat(9_000) };
  assert.deepEqual(withTold(EMPTY_CHAIN_MEMORY, told).told, pin(2));
});

for (const seed of fuzzSeeds(50)) {
  Deno.test(`an honest server and an honest contact never make a warning, a liar always does (seed ${seed})`, () => {
    const random = createRandom(seed);
    let memory = EMPTY_CHAIN_MEMORY;
    let length = 1;
    let known = 0;
    for (let step = 0; step < 40; step++) {
      if (random.oneIn(3)) length = Math.min(length + 1, LONG.length);
      if (random.oneIn(2)) {
        // Of any age: relays bring messages late, and in any order.
        const at = 1 + random.int(length);
        memory = withTold(memory, { length: at, head: LONG[at - 1]! });
        // One that is shorter than what was told and not compared yet adds nothing.
        known = Math.max(known, at);
      } else {
        memory = withServed(memory, { hashes: LONG.slice(0, length) });
        known = length;
      }
      assert.equal(memory.warning, null);
    }
    const shorter = withServed(memory, { hashes: LONG.slice(0, random.int(known)) });
    assert.equal(shorter.warning, "rollback");
    const other = LONG.slice(0, known).map((one, at) => at === known - 1 ? "f".repeat(64) : one);
    assert.equal(withServed(memory, { hashes: other }).warning, "fork");
    // The honest chain ends either.
    assert.equal(withServed(shorter, { hashes: LONG }).warning, null);
  });
}
