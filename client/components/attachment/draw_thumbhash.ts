import { thumbHashToRGBA } from "thumbhash";
import { decodeBase64url } from "../../../protocol/bytes.ts";

/** Fewer bytes hold no picture. */
const MIN_BYTES = 5;

/** Draws the few bytes that stand in for a picture; what are none are left out. */
export function drawThumbhash(thumbhash: string) {
  return (canvas: HTMLCanvasElement): void => {
    const bytes = decodeBase64url(thumbhash);
    if (!bytes || bytes.length < MIN_BYTES) return;
    const { w, h, rgba } = thumbHashToRGBA(bytes);
    if (!(w > 0 && h > 0 && w <= 64 && h <= 64)) return;
    canvas.width = w;
    canvas.height = h;
    canvas.getContext("2d")?.putImageData(new ImageData(new Uint8ClampedArray(rgba), w, h), 0, 0);
  };
}
