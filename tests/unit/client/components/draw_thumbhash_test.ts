import assert from "node:assert/strict";
import { drawThumbhash } from "../../../../client/components/attachment/draw_thumbhash.ts";
import { encodeBase64url } from "../../../../protocol/bytes.ts";

/** Draws on a canvas of this test's own; gives what was put there. */
function drawn(thumbhash: string): ImageData | null {
  let put: ImageData | null = null;
  const canvas = {
    width: 0,
    height: 0,
    getContext: () => ({ putImageData: (image: ImageData) => (put = image) }),
  };
  drawThumbhash(thumbhash)(canvas as unknown as HTMLCanvasElement);
  return put;
}

Deno.test("whatever bytes stand in for a picture, what is drawn is small, and nothing fails", () => {
  let count = 0;
  for (let round = 0; round < 2_000; round++) {
    const bytes = crypto.getRandomValues(new Uint8Array(round % 31));
    const image = drawn(encodeBase64url(bytes));
    if (!image) continue;
    count++;
    assert.ok(image.width <= 64 && image.height <= 64, encodeBase64url(bytes));
  }
  assert.ok(count > 1_000, String(count));
  for (const text of ["", "=", "🖼", "A".repeat(40), "*".repeat(40)]) drawn(text);
});
