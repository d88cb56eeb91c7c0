import { concatBytes, encodeU32, owned, utf8ToBytes } from "../../protocol/bytes.ts";
import { crc32 } from "./crc32.ts";
import { unfilter } from "./png_filters.ts";

/** Pixels without alpha: three bytes each, row by row. */
export interface Picture {
  width: number;
  height: number;
  rgb: Uint8Array;
}

/** Bytes are no PNG of the kind that is read here, or a larger one than is wanted. */
export class PictureFault extends Error {
  override readonly name = "PictureFault";
}

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const RGB = 2;
const RGBA = 6;

interface Chunk {
  type: string;
  data: Uint8Array;
}

/** A PNG of 8-bit RGB, without ancillary chunks. (Specification page 5, "Output") */
export async function encodePng({ width, height, rgb }: Picture): Promise<Uint8Array<ArrayBuffer>> {
  const stride = width * 3;
  const rows = new Uint8Array((stride + 1) * height);
  for (let y = 0; y < height; y++) {
    rows.set(rgb.subarray(y * stride, (y + 1) * stride), y * (stride + 1) + 1);
  }
  const deflated = new Blob([rows]).stream().pipeThrough(new CompressionStream("deflate"));
  const header = concatBytes(
    encodeU32(width),
    encodeU32(height),
    Uint8Array.of(8, RGB, 0, 0, 0),
  );
  return owned(concatBytes(
    SIGNATURE,
    chunk("IHDR", header),
    chunk("IDAT", new Uint8Array(await new Response(deflated).arrayBuffer())),
    chunk("IEND", new Uint8Array()),
  ));
}

/**
 * The pixels of a PNG of 8-bit RGB or RGBA that is not interlaced; alpha is dropped. Its check sums are not looked at.
 *
 * @throws PictureFault
 */
export async function decodePng(
  bytes: Uint8Array,
  { maxPixels }: { maxPixels: number },
): Promise<Picture> {
  const chunks = chunksOf(bytes);
  const { width, height, channels } = headerOf(chunks[0]);
  if (width * height > maxPixels) throw new PictureFault("The picture has too many pixels.");
  const data = concatBytes(...chunks.filter(({ type }) => type === "IDAT").map(({ data }) => data));
  const rows = await inflate(data, (width * channels + 1) * height);
  const pixels = unfilter(rows, { stride: width * channels, height, channels });
  if (!pixels) throw new PictureFault("A row of the picture has an unknown filter.");
  return { width, height, rgb: channels === 3 ? pixels : withoutAlpha(pixels) };
}

function headerOf(first: Chunk | undefined): { width: number; height: number; channels: number } {
  if (first?.type !== "IHDR" || first.data.length !== 13) {
    throw new PictureFault("The picture does not begin with its header.");
  }
  const view = viewOf(first.data);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [depth, colour, ...rest] = first.data.subarray(8);
  const isKnown = depth === 8 && (colour === RGB || colour === RGBA) && rest.every((v) => v === 0);
  if (!isKnown || width === 0 || height === 0) {
    throw new PictureFault("The picture is no PNG of 8-bit colours.");
  }
  return { width, height, channels: colour === RGB ? 3 : 4 };
}

function chunksOf(bytes: Uint8Array): Chunk[] {
  if (!SIGNATURE.every((byte, at) => bytes[at] === byte)) throw new PictureFault("This is no PNG.");
  const view = viewOf(bytes);
  const chunks: Chunk[] = [];
  for (let at = SIGNATURE.length; at + 12 <= bytes.length;) {
    const length = view.getUint32(at);
    const end = at + 8 + length;
    if (end + 4 > bytes.length) break;
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    chunks.push({ type, data: bytes.subarray(at + 8, end) });
    if (type === "IEND") return chunks;
    at = end + 4;
  }
  throw new PictureFault("The picture is cut off.");
}

/** Reads exactly so many bytes: whatever it would unfold to, no more is ever held. */
async function inflate(data: Uint8Array, length: number): Promise<Uint8Array> {
  const out = new Uint8Array(length);
  const stream = new Blob([owned(data)]).stream().pipeThrough(new DecompressionStream("deflate"));
  const reader = stream.getReader();
  let at = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (at + value.length > length) break;
      out.set(value, at);
      at += value.length;
    }
  } catch (cause) {
    throw new PictureFault("The pixels do not unfold.", { cause });
  } finally {
    await reader.cancel().catch(() => {});
  }
  if (at !== length) {
    throw new PictureFault("The picture has another number of pixels than it says.");
  }
  return out;
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const named = concatBytes(utf8ToBytes(type), data);
  return concatBytes(encodeU32(data.length), named, encodeU32(crc32(named)));
}

function withoutAlpha(rgba: Uint8Array): Uint8Array {
  const rgb = new Uint8Array(rgba.length / 4 * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    rgb.set(rgba.subarray(from, from + 3), to);
  }
  return rgb;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
