import { decodeQR } from "qr/decode.js";
import type { QrFrame } from "./qr_frame.ts";

/** The text of the code in a picture; null for none. */
function readFrame(frame: QrFrame): string | null {
  try {
    return decodeQR(frame);
  } catch {
    // The library throws where it finds none, as in most pictures of a camera.
    return null;
  }
}

addEventListener("message", ({ data }: MessageEvent<QrFrame>) => postMessage(readFrame(data)));
