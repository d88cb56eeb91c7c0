/** Largest file that is sent. */
export const MAX_FILE_BYTES = 25 * 1024 * 1024;

/** Largest file that is sent to a server which takes blobs of so many bytes: as large as the last step of padding below. */
export function largestFile(maxBlobBytes: number): number {
  const room = maxBlobBytes - 16;
  const step = 2 ** (Math.floor(Math.log2(room)) + 1) / 8;
  return Math.min(MAX_FILE_BYTES, Math.floor(room / step) * step);
}

/** Largest file that is taken, from whichever server. */
export const MAX_TAKEN_BYTES = 100 * 1024 * 1024;

/** What files take up on this device; beyond it the oldest go that can be fetched again. */
export const MAX_KEPT_BYTES = 256 * 1024 * 1024;
