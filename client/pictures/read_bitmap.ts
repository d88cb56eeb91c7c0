/** Longest edge that a crop of a profile's picture can need, in pixels. */
const MAX_EDGE = 2_048;

/** A picture that was picked, upright and not larger than it is needed; null for what this browser cannot draw. */
export async function readBitmap(file: Blob): Promise<ImageBitmap | null> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return null;
  }
  const scale = MAX_EDGE / Math.max(bitmap.width, bitmap.height);
  if (scale >= 1) return bitmap;
  const size = {
    resizeWidth: Math.max(1, Math.round(bitmap.width * scale)),
    resizeHeight: Math.max(1, Math.round(bitmap.height * scale)),
    resizeQuality: "high" as const,
  };
  try {
    return await createImageBitmap(bitmap, size);
  } finally {
    bitmap.close();
  }
}
