import assert from "node:assert/strict";
import { isAboutHandle } from "../../../../client/components/about_handle.ts";
import { createDemo } from "../../../../client/components/demo_seal.ts";
import { drawPositions } from "../../../../client/components/phrase_positions.ts";
import { relayName } from "../../../../client/components/relay_name.ts";
import { UserError } from "../../../../client/user_error.ts";

Deno.test("three different words of the phrase are asked for, in order", () => {
  for (let round = 0; round < 200; round++) {
    const positions = drawPositions({ of: 12, count: 3 });
    assert.equal(new Set(positions).size, 3);
    assert.deepEqual(positions, [...positions].sort((a, b) => a - b));
    for (const position of positions) assert.ok(position >= 1 && position <= 12);
  }
});

Deno.test("every word of the phrase can be asked for", () => {
  const seen = new Set<number>();
  for (let round = 0; round < 2000; round++) {
    for (const position of drawPositions({ of: 12, count: 3 })) seen.add(position);
  }
  assert.equal(seen.size, 12);
  assert.deepEqual(drawPositions({ of: 12, count: 3, random: () => 0.999999 }), [10, 11, 12]);
  assert.deepEqual(drawPositions({ of: 2, count: 3, random: () => 0 }), [1, 2]);
});

Deno.test("a relay is called by its host", () => {
  assert.equal(relayName("wss://kez.lat/relay"), "kez.lat");
  assert.equal(relayName("ws://127.0.0.1:6970/"), "127.0.0.1:6970");
  assert.equal(relayName("nonsense"), "nonsense");
});

Deno.test("only what another handle mends is told at the handle's field", () => {
  assert.equal(isAboutHandle(new UserError("handle_taken")), true);
  assert.equal(isAboutHandle(new UserError("no_network")), false);
  assert.equal(isAboutHandle(new Error("handle_taken")), false);
});

Deno.test("the demonstration seals by the real code: the words are not in it, and they come out again", async () => {
  const deliver = createDemo({
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    nowMs: () => Date.now(),
  });
  const sizes = new Set<number>();
  for (const text of ["a", "See you at the harbour at six?", "<script>alert(1)</script>"]) {
    const { sealed, opened } = await deliver(text);
    assert.equal(opened, text);
    assert.ok(!sealed.includes(text) || text === "a");
    sizes.add(sealed.length);
  }
  assert.equal(sizes.size, 1, "a length tells nothing about a short message");
});
