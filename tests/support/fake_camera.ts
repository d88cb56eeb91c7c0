import { join } from "node:path";
import { encodeQR } from "qr";

const WIDTH = 640;
const HEIGHT = 480;
/** Pixels of one module. */
const SCALE = 6;
const PAPER = 220;
const INK = 30;

/** A camera before which somebody holds a code. */
export interface FakeCamera extends AsyncDisposable {
  /** Flags by which Chromium has this camera, and may use it. */
  readonly flags: string[];
  /** Shows another text from the next start of a browser on. */
  show(text: string): Promise<void>;
}

/** Makes a camera out of a film of one picture. (YUV4MPEG2) */
export async function createFakeCamera(): Promise<FakeCamera> {
  const folder = await Deno.makeTempDir({ prefix: "camera-" });
  const path = join(folder, "film.y4m");
  return {
    flags: [
      "--use-fake-ui-for-media-stream",
      "--use-fake-device-for-media-stream",
      `--use-file-for-fake-video-capture=${path}`,
    ],
    show: (text) => Deno.writeFile(path, film(text)),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

function film(text: string): Uint8Array {
  const header = new TextEncoder().encode(
    `YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420jpeg\nFRAME\n`,
  );
  const pixels = WIDTH * HEIGHT;
  // Half a byte for each pixel's colour: grey.
  const bytes = new Uint8Array(header.length + pixels * 1.5).fill(128);
  bytes.set(header);
  bytes.set(picture(text), header.length);
  return bytes;
}

/** The brightness of each pixel: a code in the middle of grey paper. */
function picture(text: string): Uint8Array {
  const rows = encodeQR(text, "raw", { border: 4, ecc: "medium" });
  const left = Math.floor((WIDTH - rows.length * SCALE) / 2);
  const top = Math.floor((HEIGHT - rows.length * SCALE) / 2);
  const pixels = new Uint8Array(WIDTH * HEIGHT).fill(PAPER);
  for (const [y, row] of rows.entries()) {
    for (const [x, isDark] of row.entries()) {
      if (!isDark) continue;
      for (let line = top + y * SCALE; line < top + (y + 1) * SCALE; line++) {
        const start = line * WIDTH + left + x * SCALE;
        pixels.fill(INK, start, start + SCALE);
      }
    }
  }
  return pixels;
}
