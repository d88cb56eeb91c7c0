import { decodeHex } from "../../protocol/bytes.ts";
import { scramble, unscramble, type VisualVersion } from "../../protocol/visual.ts";
import { PICTURE_SIDE } from "./picture_side.ts";
import { decodePng, encodePng, type Picture } from "./png.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** What scrambles a picture, as it is kept: key and salt in hex. */
export interface PictureSecret {
  version: VisualVersion;
  key: string;
  salt: string;
}

/** What is computed of pictures, off the main thread. Each rejects with {@link PictureFault} where the bytes are no such picture. */
export interface PictureWorks {
  /** A PNG in, coloured noise of the same size out: a PNG again. */
  scramble(face: Uint8Array, secret: PictureSecret): Promise<Bytes>;
  /** Gives back what was scrambled. */
  unscramble(noise: Uint8Array, secret: PictureSecret): Promise<Bytes>;
  /** A JPEG that holds pixels and nothing else. */
  toJpeg(face: Uint8Array): Promise<Bytes>;
  /** A PNG of a picture of 256×256 of any kind that the browser reads. */
  toPng(picture: Uint8Array): Promise<Bytes>;
}

/** Of somebody else's. */
export const MAX_PICTURE_PIXELS = 1024 * 1024;

const JPEG_QUALITY = 0.9;

/** The works themselves, in whichever thread they are called. */
export const pictureWorks: PictureWorks = {
  async scramble(face, secret) {
    const { rgb, ...size } = await decodePng(face, { maxPixels: MAX_PICTURE_PIXELS });
    return await encodePng({ ...size, rgb: scramble(rgb, keyOf(secret)) });
  },
  async unscramble(noise, secret) {
    const { rgb, ...size } = await decodePng(noise, { maxPixels: MAX_PICTURE_PIXELS });
    return await encodePng({ ...size, rgb: unscramble(rgb, keyOf(secret)) });
  },
  async toJpeg(face) {
    const canvas = draw(await decodePng(face, { maxPixels: MAX_PICTURE_PIXELS }));
    const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: JPEG_QUALITY });
    return new Uint8Array(await blob.arrayBuffer());
  },
  async toPng(picture) {
    const bitmap = await createImageBitmap(new Blob([new Uint8Array(picture)]), {
      resizeWidth: PICTURE_SIDE,
      resizeHeight: PICTURE_SIDE,
    });
    const { context } = emptyCanvas(PICTURE_SIDE, PICTURE_SIDE);
    context.drawImage(bitmap, 0, 0);
    bitmap.close();
    return await encodePng(rgbOf(context.getImageData(0, 0, PICTURE_SIDE, PICTURE_SIDE)));
  },
};

/** The pixels of a canvas on which something opaque was drawn. */
function rgbOf({ width, height, data }: ImageData): Picture {
  const rgb = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; from < data.length; from += 4, to += 3) {
    rgb.set(data.subarray(from, from + 3), to);
  }
  return { width, height, rgb };
}

function draw({ width, height, rgb }: Picture): OffscreenCanvas {
  const { canvas, context } = emptyCanvas(width, height);
  const image = context.createImageData(width, height);
  image.data.fill(255);
  for (let from = 0, to = 0; from < rgb.length; from += 3, to += 4) {
    image.data.set(rgb.subarray(from, from + 3), to);
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

function emptyCanvas(width: number, height: number) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  if (!context) throw new Error("This browser draws no pictures off the screen.");
  return { canvas, context };
}

function keyOf({ version, key, salt }: PictureSecret) {
  return { version, key: decodeHex(key)!, salt: decodeHex(salt)! };
}
