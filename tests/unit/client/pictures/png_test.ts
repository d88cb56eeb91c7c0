import assert from "node:assert/strict";
import { deflateSync } from "node:zlib";
import { concatBytes, encodeU32, utf8ToBytes } from "../../../../protocol/bytes.ts";
import { crc32 } from "../../../../client/pictures/crc32.ts";
import { decodePng, encodePng, PictureFault } from "../../../../client/pictures/png.ts";
import { createRandom } from "../../../support/random.ts";

const maxPixels = 1_000_000;
const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

function randomBytes(length: number, seed = 1): Uint8Array {
  const { int } = createRandom(seed);
  return Uint8Array.from({ length }, () => int(256));
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const named = concatBytes(utf8ToBytes(type), data);
  return concatBytes(encodeU32(data.length), named, encodeU32(crc32(named)));
}

/** A PNG by hand, of rows that have their filters already. */
function pngOf(
  rows: Uint8Array,
  { width, height, colour = 2, depth = 8, interlace = 0 }: {
    width: number;
    height: number;
    colour?: number;
    depth?: number;
    interlace?: number;
  },
): Uint8Array {
  const rest = Uint8Array.of(depth, colour, 0, 0, interlace);
  return concatBytes(
    SIGNATURE,
    chunk("IHDR", concatBytes(encodeU32(width), encodeU32(height), rest)),
    chunk("tEXt", utf8ToBytes("Comment\0nothing")),
    chunk("IDAT", new Uint8Array(deflateSync(rows))),
    chunk("IEND", new Uint8Array()),
  );
}

Deno.test("a picture comes back as it was, every pixel", async () => {
  for (const [width, height] of [[1, 1], [7, 3], [256, 256]] as const) {
    const rgb = randomBytes(width * height * 3);
    const decoded = await decodePng(await encodePng({ width, height, rgb }), { maxPixels });
    assert.deepEqual(decoded, { width, height, rgb });
  }
});

Deno.test("it is a PNG of 8-bit RGB with the three chunks that it needs and no other", async () => {
  const png = await encodePng({ width: 2, height: 2, rgb: randomBytes(12) });
  assert.deepEqual(png.subarray(0, 8), SIGNATURE);
  assert.deepEqual([...png.subarray(24, 29)], [8, 2, 0, 0, 0]);
  const types: string[] = [];
  for (let at = 8; at < png.length;) {
    const length = new DataView(png.buffer).getUint32(at);
    const named = png.subarray(at + 4, at + 8 + length);
    types.push(String.fromCharCode(...named.subarray(0, 4)));
    assert.equal(new DataView(png.buffer).getUint32(at + 8 + length), crc32(named));
    at += 12 + length;
  }
  assert.deepEqual(types, ["IHDR", "IDAT", "IEND"]);
});

Deno.test("all five filters are read, and what is above or left of the edge is 0", async () => {
  const rows = Uint8Array.of(
    ...[1, 10, 20, 30, 5, 5, 5],
    ...[2, 1, 1, 1, 2, 2, 2],
    ...[3, 4, 4, 4, 4, 4, 4],
    ...[4, 7, 7, 7, 7, 7, 7],
    ...[0, 9, 8, 7, 6, 5, 4],
  );
  const { rgb } = await decodePng(pngOf(rows, { width: 2, height: 5 }), { maxPixels });
  assert.deepEqual([...rgb], [
    ...[10, 20, 30, 15, 25, 35],
    ...[11, 21, 31, 17, 27, 37],
    ...[9, 14, 19, 17, 24, 32],
    ...[16, 21, 26, 24, 31, 39],
    ...[9, 8, 7, 6, 5, 4],
  ]);
});

Deno.test("alpha is dropped", async () => {
  const rows = Uint8Array.of(0, 1, 2, 3, 255, 4, 5, 6, 0);
  const { rgb } = await decodePng(pngOf(rows, { width: 2, height: 1, colour: 6 }), { maxPixels });
  assert.deepEqual([...rgb], [1, 2, 3, 4, 5, 6]);
});

Deno.test("what is no such picture is a fault, and nothing is unfolded beyond its size", async () => {
  const good = pngOf(new Uint8Array(7), { width: 2, height: 1 });
  const bad = {
    "no PNG": utf8ToBytes("<svg xmlns='http://www.w3.org/2000/svg'/>"),
    "cut off": good.subarray(0, good.length - 20),
    "empty": new Uint8Array(),
    "no size": pngOf(new Uint8Array(), { width: 0, height: 0 }),
    "16 bits": pngOf(new Uint8Array(13), { width: 2, height: 1, depth: 16 }),
    "a palette": pngOf(new Uint8Array(3), { width: 2, height: 1, colour: 3 }),
    "interlaced": pngOf(new Uint8Array(7), { width: 2, height: 1, interlace: 1 }),
    "too few rows": pngOf(new Uint8Array(7), { width: 2, height: 2 }),
    "a flood of rows": pngOf(new Uint8Array(50_000_000), { width: 2, height: 1 }),
    "too many pixels": pngOf(new Uint8Array(7), { width: 60_000, height: 60_000 }),
    "an unknown filter": pngOf(Uint8Array.of(9, 0, 0, 0, 0, 0, 0), { width: 2, height: 1 }),
    "pixels that do not unfold": concatBytes(
      good.subarray(0, 33),
      chunk("IDAT", Uint8Array.of(1, 2, 3, 4)),
      chunk("IEND", new Uint8Array()),
    ),
  };
  for (const [what, bytes] of Object.entries(bad)) {
    await assert.rejects(decodePng(bytes, { maxPixels }), PictureFault, what);
  }
});
