import { sha256Hex } from "../../protocol/sha256_hex.ts";
import type { BlobServer } from "../blobs/blob_server.ts";
import { readPictureSize } from "../pictures/picture_size.ts";
import { MAX_PICTURE_PIXELS, type PictureWorks } from "../pictures/picture_works.ts";
import { PictureFault } from "../pictures/png.ts";
import type { PeerPicture } from "../storage/chat_records.ts";
import { isUserError, UserError } from "../user_error.ts";

/** Larger ones are not looked at. (Specification page 5) */
const MAX_PICTURE_BYTES = 2 * 1024 * 1024;

/** A picture as its owner sees it, and as it lies on the server. */
export interface LoadedPicture {
  face: Uint8Array;
  original: Uint8Array;
}

/** Names a picture, and how it is read: another one has another name. */
export function pictureId({ sha256, visual }: PeerPicture): string {
  return visual ? `${sha256}:${visual.salt}` : sha256;
}

/**
 * Fetches a picture, checks that it is the one, and descrambles it.
 *
 * @param key hex; null where the picture needs none
 * @throws PictureFault where it is gone, too large, another one, or no picture; UserError `no_network`; the signal's reason
 */
export async function loadPicture(
  { url, sha256, visual }: PeerPicture,
  { key, blobs, works, signal }: {
    key: string | null;
    blobs: Pick<BlobServer, "fetch">;
    works: PictureWorks;
    signal: AbortSignal;
  },
): Promise<LoadedPicture> {
  const original = await fetchPicture(url, { blobs, signal });
  if (await sha256Hex(original) !== sha256) throw new PictureFault("Another file lies there.");
  if (!visual) return { face: plain(original), original };
  if (key === null) throw new PictureFault("Its key is not known.");
  const face = await works.unscramble(original, { ...visual, key });
  signal.throwIfAborted();
  return { face, original };
}

async function fetchPicture(
  url: string,
  { blobs, signal }: { blobs: Pick<BlobServer, "fetch">; signal: AbortSignal },
): Promise<Uint8Array> {
  try {
    return await blobs.fetch(url, { maxBytes: MAX_PICTURE_BYTES, signal });
  } catch (cause) {
    if (!(cause instanceof UserError) || isUserError(cause, "no_network")) throw cause;
    throw new PictureFault("Nothing lies there that may be a picture.", { cause });
  }
}

function plain(bytes: Uint8Array): Uint8Array {
  const size = readPictureSize(bytes);
  const isShown = size !== null && size.width > 0 && size.height > 0 &&
    size.width * size.height <= MAX_PICTURE_PIXELS;
  if (!isShown) throw new PictureFault("This is no JPEG or PNG of a size that is shown.");
  return bytes;
}
