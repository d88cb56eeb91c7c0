import assert from "node:assert/strict";
import { rosetteOf } from "../../../../client/components/rosette.ts";
import { bytesToHex } from "../../../../protocol/bytes.ts";

function primary(seed: number): string {
  const bytes = new Uint8Array(32);
  let state = seed * 2654435761 >>> 0 || 1;
  for (let at = 0; at < bytes.length; at++) {
    state = (state * 1664525 + 1013904223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return `ed25519:${bytesToHex(bytes)}`;
}

Deno.test("a primary always has the same rosette", () => {
  assert.deepEqual(rosetteOf(primary(5)), rosetteOf(primary(5)));
});

Deno.test("a hundred primaries have a hundred rosettes", () => {
  const drawn = Array.from({ length: 100 }, (_, at) => JSON.stringify(rosetteOf(primary(at))));
  assert.equal(new Set(drawn).size, 100);
});

Deno.test("the two hues are apart, and none is the amber of the lamp", () => {
  for (let seed = 0; seed < 500; seed++) {
    const [first, second] = rosetteOf(primary(seed)).hues;
    const distance = Math.abs(first - second);
    assert.ok(Math.min(distance, 360 - distance) >= 40, `${first} and ${second}`);
    for (const hue of [first, second]) assert.ok(hue < 50 || hue > 90, `${hue}`);
  }
});

Deno.test("every shape stays inside its square", () => {
  for (let seed = 0; seed < 500; seed++) {
    for (const { path } of rosetteOf(primary(seed)).rings) {
      assert.doesNotMatch(path, /NaN|Infinity|undefined/);
      for (const [number] of path.matchAll(/-?\d+(?:\.\d+)?/g)) {
        assert.ok(Math.abs(Number(number)) <= 50, path);
      }
    }
  }
});

Deno.test("a text that is no primary still gives a picture", () => {
  for (const text of ["", "ed25519:", "nonsense"]) assert.equal(rosetteOf(text).hues.length, 2);
});
