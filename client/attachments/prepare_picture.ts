import { rgbaToThumbHash } from "thumbhash";
import { encodeBase64url } from "../../protocol/bytes.ts";
import type { OutgoingFile } from "../chats/model/file_model.ts";
import { decodeBitmap } from "../pictures/decode_bitmap.ts";
import { fit } from "../pictures/fit.ts";
import { pictureName } from "./file_name.ts";

/** Longest edge of a picture that is sent, in pixels. */
const MAX_EDGE = 2_048;
const THUMB_EDGE = 64;
const QUALITY = 0.85;
/** What would stand still if it were drawn anew; no camera writes it. */
const MOVING = "image/gif";

/**
 * A picture as it is sent: upright, not larger than it is looked at, drawn anew, so that nothing is left of what the
 * camera wrote into it, the place least of all; one that moves stays as it is. Null for what this browser cannot draw.
 *
 * @param type as its bytes say
 */
export async function preparePicture(file: File, type: string): Promise<OutgoingFile | null> {
  const bitmap = await decodeBitmap(file);
  if (!bitmap) return null;
  try {
    if (type === MOVING) return describe(file, bitmap);
    const { width, height } = fit(bitmap, MAX_EDGE);
    const blob = await encode(draw(bitmap, { width, height }), type);
    if (!blob) return null;
    const name = pictureName(file.name, blob.type);
    return { blob, name, mime: blob.type, width, height, thumbhash: thumbhashOf(bitmap) };
  } finally {
    bitmap.close();
  }
}

function describe(file: File, bitmap: ImageBitmap): OutgoingFile {
  const { width, height } = bitmap;
  const { name } = file;
  return { blob: file, name, mime: MOVING, width, height, thumbhash: thumbhashOf(bitmap) };
}

function draw(
  bitmap: ImageBitmap,
  { width, height }: { width: number; height: number },
): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d")!;
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, width, height);
  return canvas;
}

/** What is no photo may have clear parts, which JPEG has not. A browser that cannot write WebP writes PNG. */
function encode(canvas: HTMLCanvasElement, type: string): Promise<Blob | null> {
  const wanted = type === "image/jpeg" ? type : "image/webp";
  return new Promise((resolve) => canvas.toBlob(resolve, wanted, QUALITY));
}

function thumbhashOf(bitmap: ImageBitmap): string {
  const { width, height } = fit(bitmap, THUMB_EDGE);
  const canvas = draw(bitmap, { width, height });
  const { data } = canvas.getContext("2d")!.getImageData(0, 0, width, height);
  return encodeBase64url(rgbaToThumbHash(width, height, data));
}
