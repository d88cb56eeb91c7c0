import { chacha20 } from "@noble/ciphers/chacha.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "./bytes.ts";
import { createXoshiro256 } from "./xoshiro256.ts";

/** How a picture was scrambled; new ones are `kez-visual-v2`. (Specification page 5) */
export type VisualVersion = "kez-visual-v1" | "kez-visual-v2";

/** What scrambles a picture, and gives it back. */
export interface VisualKey {
  version: VisualVersion;
  /** 32 random bytes, new for each picture. */
  key: Uint8Array;
  /** 16 random bytes, open to everybody. */
  salt: Uint8Array;
}

const CHANNELS = 3;
/** No picture has more pixels; see {@link createXoshiro256}. */
export const MAX_PIXELS = 2 ** 21;

/**
 * Scrambles pixels: coloured noise to whoever has no key. (Specification page 5, "Visual encryption")
 *
 * @param rgb 8-bit RGB, three bytes a pixel
 * @throws RangeError where these are no whole pixels, or too many
 */
export function scramble(rgb: Uint8Array, { version, key, salt }: VisualKey): Uint8Array {
  const order = permutation(pixelsIn(rgb), { key, salt });
  const out = new Uint8Array(rgb.length);
  for (let to = 0; to < order.length; to++) copyPixel(rgb, { from: order[to]!, out, to });
  return version === "kez-visual-v1" ? out : underStream(out, { key, salt });
}

/**
 * Gives back exactly what {@link scramble} was given.
 *
 * @throws RangeError where these are no whole pixels, or too many
 */
export function unscramble(rgb: Uint8Array, { version, key, salt }: VisualKey): Uint8Array {
  const order = permutation(pixelsIn(rgb), { key, salt });
  const shuffled = version === "kez-visual-v1" ? rgb : underStream(rgb, { key, salt });
  const out = new Uint8Array(rgb.length);
  for (let from = 0; from < order.length; from++) {
    copyPixel(shuffled, { from, out, to: order[from]! });
  }
  return out;
}

/** Where each scrambled pixel comes from: a Fisher–Yates shuffle of 0 to `count` − 1. */
export function permutation(
  count: number,
  { key, salt }: { key: Uint8Array; salt: Uint8Array },
): Uint32Array {
  const random = createXoshiro256(derive("kez-visual-v1", { key, salt }));
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const other = random.below(last + 1);
    const taken = order[last]!;
    order[last] = order[other]!;
    order[other] = taken;
  }
  return order;
}

/** A permutation alone would leave the colours as many as they were. */
function underStream(
  bytes: Uint8Array,
  { key, salt }: { key: Uint8Array; salt: Uint8Array },
): Uint8Array {
  return chacha20(derive("kez-visual-v2", { key, salt }), new Uint8Array(12), bytes);
}

function derive(
  info: VisualVersion,
  { key, salt }: { key: Uint8Array; salt: Uint8Array },
): Uint8Array {
  return hkdf(sha256, key, salt, utf8ToBytes(info), 32);
}

function pixelsIn(rgb: Uint8Array): number {
  const count = rgb.length / CHANNELS;
  if (!Number.isInteger(count) || count > MAX_PIXELS) {
    throw new RangeError(`A picture has three bytes a pixel, and at most ${MAX_PIXELS} pixels.`);
  }
  return count;
}

function copyPixel(
  rgb: Uint8Array,
  { from, out, to }: { from: number; out: Uint8Array; to: number },
): void {
  for (let channel = 0; channel < CHANNELS; channel++) {
    out[to * CHANNELS + channel] = rgb[from * CHANNELS + channel]!;
  }
}
