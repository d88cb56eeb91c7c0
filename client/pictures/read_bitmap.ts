import { decodeBitmap } from "./decode_bitmap.ts";
import { fit } from "./fit.ts";

/** Longest edge that a crop of a profile's picture can need, in pixels. */
const MAX_EDGE = 2_048;

/** A picture that was picked, upright and not larger than it is needed; null for what this browser cannot draw. */
export async function readBitmap(file: Blob): Promise<ImageBitmap | null> {
  const bitmap = await decodeBitmap(file);
  if (!bitmap) return null;
  const { width: resizeWidth, height: resizeHeight } = fit(bitmap, MAX_EDGE);
  if (resizeWidth === bitmap.width && resizeHeight === bitmap.height) return bitmap;
  try {
    return await createImageBitmap(bitmap, { resizeWidth, resizeHeight, resizeQuality: "high" });
  } finally {
    bitmap.close();
  }
}
