import assert from "node:assert/strict";
import { concatBytes } from "../../../../protocol/bytes.ts";
import { readPictureSize } from "../../../../client/pictures/picture_size.ts";
import { encodePng } from "../../../../client/pictures/png.ts";

const START = Uint8Array.of(0xff, 0xd8);
/** An application's segment whose content looks like a frame of another size. */
const MISLEADING = Uint8Array.of(0xff, 0xe1, 0, 11, 0xff, 0xc0, 0, 17, 8, 0, 1, 0, 1);
const TABLES = Uint8Array.of(0xff, 0xc4, 0, 4, 1, 2);
const FRAME = Uint8Array.of(
  0xff,
  0xc2,
  0,
  17,
  8,
  1,
  0,
  2,
  3,
  3,
  1,
  0x22,
  0,
  2,
  0x11,
  1,
  3,
  0x11,
  1,
);

Deno.test("the size of a JPEG is that of its frame, whatever other segments hold", () => {
  const bytes = concatBytes(START, MISLEADING, TABLES, FRAME);
  assert.deepEqual(readPictureSize(bytes), { type: "image/jpeg", width: 0x203, height: 0x100 });
});

const SMALL_FRAME = Uint8Array.of(0xff, 0xc0, 0, 17, 8, 0, 1, 0, 1);
/** A JPEG with something before its frame, and a smaller frame where the next segment would be, were a length what follows. */
function misled(by: number[]): Uint8Array {
  const bytes = new Uint8Array(70_000);
  bytes.set(concatBytes(START, Uint8Array.from(by), MISLEADING, FRAME));
  bytes.set(SMALL_FRAME, 4 + new DataView(bytes.buffer).getUint16(4));
  return bytes;
}

Deno.test("padding hides no frame of a JPEG behind another one", () => {
  for (const by of [[0xff], [0xff, 0xff, 0xff]]) {
    const size = readPictureSize(misled(by));
    assert.deepEqual(size, { type: "image/jpeg", width: 0x203, height: 0x100 }, `${by}`);
  }
});

Deno.test("a JPEG with what no camera writes before its frame has no size", () => {
  const wrong = [
    ...[[0xff, 0x00], [0xff, 0x01], [0xff, 0xd0], [0xff, 0xd7], [0xff, 0xd8], [0xff, 0xd9]],
    ...[[0xff, 0xda, 0, 2], [0xff, 0xe1, 0, 1], [0xff, 0xe1, 0, 0], [0xff, 0x02], [0xff, 0xf0]],
  ];
  for (const by of wrong) assert.equal(readPictureSize(misled(by)), null, `${by}`);
});

Deno.test("the size of a PNG is that of its header", async () => {
  const bytes = await encodePng({ width: 5, height: 3, rgb: new Uint8Array(45) });
  assert.deepEqual(readPictureSize(bytes), { type: "image/png", width: 5, height: 3 });
});

Deno.test("other bytes are no picture", () => {
  const gif = new Uint8Array(40);
  gif.set([0x47, 0x49, 0x46, 0x38, 0x39, 0x61]);
  for (const bytes of [gif, new Uint8Array(), START, concatBytes(START, new Uint8Array(40))]) {
    assert.equal(readPictureSize(bytes), null);
  }
});
