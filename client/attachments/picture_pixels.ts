import { readPictureSize } from "../pictures/picture_size.ts";

/** Largest picture that is drawn. A phone's camera makes 12 to 24 million pixels, each of 4 bytes once it is unpacked. */
export const MAX_PIXELS = 25_000_000;

/**
 * How many pixels a picture unfolds to, read off its first bytes before any decoder is let at them: a few bytes can unfold
 * to more than the memory holds. Infinity where they do not say it.
 */
export function pixelsOf(bytes: Uint8Array, type: string): number {
  const size = sizeOf(bytes, type);
  return size && size.width > 0 && size.height > 0 ? size.width * size.height : Infinity;
}

interface Size {
  width: number;
  height: number;
}

function sizeOf(bytes: Uint8Array, type: string): Size | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    if (type === "image/gif") return readGif(view);
    return type === "image/webp" ? readWebp(view) : readPictureSize(bytes);
  } catch (error) {
    // It ends before its size.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Browsers make room for the screen that it names, and for a first frame that is larger. */
function readGif(view: DataView): Size | null {
  const screen = { width: view.getUint16(6, true), height: view.getUint16(8, true) };
  let at = 13 + colorsIn(view.getUint8(10));
  while (view.getUint8(at) === 0x21) at = endOfBlocks(view, at + 2);
  if (view.getUint8(at) !== 0x2c) return null;
  const edge = (place: number) => view.getUint16(at + place, true);
  return {
    width: Math.max(screen.width, edge(1) + edge(5)),
    height: Math.max(screen.height, edge(3) + edge(7)),
  };
}

/** Bytes of the table of colours that flags announce. */
function colorsIn(flags: number): number {
  return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0;
}

function endOfBlocks(view: DataView, start: number): number {
  let at = start;
  for (let length = view.getUint8(at); length > 0; length = view.getUint8(at)) at += 1 + length;
  return at + 1;
}

function readWebp(view: DataView): Size | null {
  switch (view.getUint32(12)) {
    // VP8X: the canvas of everything in it.
    case 0x56503858:
      return { width: 1 + uint24(view, 24), height: 1 + uint24(view, 27) };
    // VP8L: two numbers of 14 bits.
    case 0x5650384c: {
      const bits = view.getUint32(21, true);
      return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) };
    }
    // VP8 and a blank.
    case 0x56503820:
      return {
        width: view.getUint16(26, true) & 0x3fff,
        height: view.getUint16(28, true) & 0x3fff,
      };
    default:
      return null;
  }
}

function uint24(view: DataView, at: number): number {
  return view.getUint16(at, true) + view.getUint8(at + 2) * 2 ** 16;
}
