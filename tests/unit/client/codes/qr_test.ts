import assert from "node:assert/strict";
import { decodeQR } from "qr/decode.js";
import { CameraError, openCamera } from "../../../../client/codes/camera.ts";
import { drawQr, type QrDrawing } from "../../../../client/codes/qr_path.ts";

/** Paints a drawing as a camera could see it: `scale` pixels for each module, somewhat grey. */
function paint({ size, path }: QrDrawing, scale: number) {
  const side = size * scale;
  const data = new Uint8ClampedArray(side * side * 4).fill(230);
  for (const [, x, y, width] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) {
    for (let row = Number(y) * scale; row < (Number(y) + 1) * scale; row++) {
      const start = row * side + Number(x) * scale;
      data.fill(40, start * 4, (start + Number(width) * scale) * 4);
    }
  }
  return { width: side, height: side, data };
}

Deno.test("a drawn code reads as what it was drawn from", () => {
  const texts = [
    `kez:ed25519:${"0f".repeat(32)}`,
    `https://kez.example.org/i#${"ab".repeat(16)}.alice.${"cd".repeat(16)}`,
    "x",
    "Größe 👋",
  ];
  for (const text of texts) assert.equal(decodeQR(paint(drawQr(text), 4)), text);
});

Deno.test("a drawing has the quiet zone that scanners need on every side", () => {
  const { size, path } = drawQr("kez");
  for (const [, x, y, width] of path.matchAll(/M(\d+) (\d+)h(\d+)/g)) {
    assert.ok(Number(x) >= 4 && Number(y) >= 4);
    assert.ok(Number(x) + Number(width) <= size - 4 && Number(y) < size - 4);
  }
});

Deno.test("a camera that cannot be had says why", async () => {
  const cases: [unknown, string][] = [
    [new DOMException("no", "NotAllowedError"), "denied"],
    [new DOMException("no", "SecurityError"), "denied"],
    [new DOMException("none", "NotFoundError"), "none"],
    [new DOMException("in use", "NotReadableError"), "broken"],
    [new Error("?"), "broken"],
  ];
  for (const [error, fault] of cases) {
    const opened = openCamera({ getUserMedia: () => Promise.reject(error) });
    await assert.rejects(
      opened,
      (thrown) => thrown instanceof CameraError && thrown.fault === fault,
    );
  }
  await assert.rejects(openCamera(undefined), { fault: "none" });
});
