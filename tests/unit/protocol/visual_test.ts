import assert from "node:assert/strict";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, decodeHex } from "../../../protocol/bytes.ts";
import {
  permutation,
  scramble,
  unscramble,
  type VisualKey,
  type VisualVersion,
} from "../../../protocol/visual.ts";
import { createXoshiro256 } from "../../../protocol/xoshiro256.ts";
import vectors from "../../vectors/visual.json" with { type: "json" };

const VERSIONS: VisualVersion[] = ["kez-visual-v1", "kez-visual-v2"];
const key = decodeHex(vectors.key)!;
const salt = decodeHex(vectors.salt)!;

function largePicture(): Uint8Array {
  const { width, height } = vectors.large;
  const pixel = (index: number) => {
    const [x, y] = [index % width, Math.floor(index / width)];
    return [x, y, (x * y) % 256];
  };
  return Uint8Array.from(Array.from({ length: width * height }, (_, i) => pixel(i)).flat());
}

Deno.test("the order of the pixels is that of the vector", () => {
  assert.deepEqual([...permutation(16, { key, salt })], vectors.permutation);
});

for (const [index, version] of VERSIONS.entries()) {
  const expected = [vectors.v1, vectors.v2][index]!;
  const digest = [vectors.large.v1_sha256, vectors.large.v2_sha256][index]!;

  Deno.test(`${version} scrambles the small picture as the vector says`, () => {
    const rgb = decodeHex(vectors.rgb)!;
    assert.equal(bytesToHex(scramble(rgb, { version, key, salt })), expected);
    assert.deepEqual(unscramble(decodeHex(expected)!, { version, key, salt }), rgb);
  });

  Deno.test(`${version} scrambles the large picture as the vector says`, () => {
    const scrambled = scramble(largePicture(), { version, key, salt });
    assert.equal(bytesToHex(sha256(scrambled)), digest);
  });

  Deno.test(`${version} gives every pixel of any picture back`, () => {
    for (let round = 0; round < 60; round++) {
      const visual: VisualKey = {
        version,
        key: crypto.getRandomValues(new Uint8Array(32)),
        salt: crypto.getRandomValues(new Uint8Array(16)),
      };
      const rgb = crypto.getRandomValues(new Uint8Array(3 * round));
      assert.deepEqual(unscramble(scramble(rgb, visual), visual), rgb);
    }
  });
}

Deno.test("a picture of one colour is as colourful as noise in the second version", () => {
  const grey = new Uint8Array(3 * 4096).fill(128);
  const scrambled = scramble(grey, { version: "kez-visual-v2", key, salt });
  const counts = new Map<number, number>();
  for (const byte of scrambled) counts.set(byte, (counts.get(byte) ?? 0) + 1);
  assert.equal(counts.size, 256);
  assert.ok(Math.max(...counts.values()) < 100);
});

Deno.test("what are no whole pixels is refused", () => {
  assert.throws(() => scramble(new Uint8Array(4), { version: "kez-visual-v1", key, salt }), {
    name: "RangeError",
  });
});

/** The reference, over BigInt. */
function* reference(seed: Uint8Array): Generator<bigint> {
  const mask = (1n << 64n) - 1n;
  const view = new DataView(seed.buffer);
  const s = [0, 8, 16, 24].map((at) => view.getBigUint64(at, true)) as [
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  const rotl = (x: bigint, k: bigint) => ((x << k) | (x >> (64n - k))) & mask;
  for (;;) {
    yield (rotl((s[1] * 5n) & mask, 7n) * 9n) & mask;
    const t = (s[1] << 17n) & mask;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45n);
  }
}

Deno.test("numbers are those of the reference, for every bound", () => {
  const seed = crypto.getRandomValues(new Uint8Array(32));
  const [fast, slow] = [createXoshiro256(seed), reference(seed)];
  for (let round = 1; round < 20_000; round++) {
    const bound = 1 + (round * 7919) % (2 ** 21);
    const limit = (1n << 64n) - ((1n << 64n) % BigInt(bound));
    let drawn = slow.next().value!;
    while (drawn >= limit) drawn = slow.next().value!;
    assert.equal(fast.below(bound), Number(drawn % BigInt(bound)));
  }
});
