import assert from "node:assert/strict";
import { shownType, sniffType } from "../../../../client/attachments/file_kind.ts";
import { MAX_PIXELS, pixelsOf } from "../../../../client/attachments/picture_pixels.ts";
import { pictureHeads } from "./picture_heads.ts";

const OPAQUE = "application/octet-stream";

for (const [name, headOf] of Object.entries(pictureHeads)) {
  Deno.test(`a ${name} tells how many pixels it unfolds to before it is drawn; one of too many is not`, () => {
    const small = headOf({ width: 1000, height: 3 });
    const type = sniffType(small);
    assert.match(type, /^image\//);
    assert.equal(pixelsOf(small, type), 3_000);
    assert.equal(shownType(small), type);
    const bomb = headOf({ width: 16_000, height: 16_000 });
    assert.equal(pixelsOf(bomb, type), 256_000_000);
    assert.equal(sniffType(bomb), type);
    assert.equal(shownType(bomb), OPAQUE);
  });

  Deno.test(`a ${name} that ends before its size is not drawn, wherever it is cut`, () => {
    const whole = headOf({ width: 1000, height: 3 });
    for (let length = 0; length < whole.length; length++) {
      const cut = whole.slice(0, length);
      const pixels = pixelsOf(cut, sniffType(cut));
      assert.ok(pixels === Infinity || pixels === 3_000, `${length}: ${pixels}`);
    }
    assert.equal(shownType(whole.slice(0, 16)), OPAQUE);
  });
}

Deno.test("a picture without any extent is not drawn", () => {
  assert.equal(shownType(pictureHeads.png({ width: 0, height: 5 })), OPAQUE);
  assert.equal(shownType(pictureHeads.png({ width: MAX_PIXELS, height: 1 })), "image/png");
  assert.equal(shownType(pictureHeads.png({ width: MAX_PIXELS + 1, height: 1 })), OPAQUE);
});
