/** What a picture that everybody sees may be. */
export interface PlainPicture {
  type: "image/jpeg" | "image/png";
  width: number;
  height: number;
}

/** Frame headers of JPEG; C4, C8 and CC among them are something else. */
const FIRST_FRAME = 0xc0;
const LAST_FRAME = 0xcf;
const NO_FRAMES = new Set([0xc4, 0xc8, 0xcc]);
/** May stand before any marker, any number of times. (ITU-T T.81, B.1.1.2) */
const PADDING = 0xff;
/** What else comes before a frame: tables, a restart interval, a comment; and E0 to EF, an application's own. */
const SEGMENTS = new Set([0xc4, 0xcc, 0xdb, 0xdd, 0xfe]);
const APPLICATION = 0xe0;

/**
 * Reads type and size off the first bytes, before any decoder is let at them: few bytes can unfold to more than the memory
 * holds. Null where they are neither JPEG nor PNG.
 */
export function readPictureSize(bytes: Uint8Array): PlainPicture | null {
  if (bytes.length < 24) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0) === 0x89504e47 && view.getUint32(4) === 0x0d0a1a0a) {
    const isHeader = view.getUint32(12) === 0x49484452;
    const size = { width: view.getUint32(16), height: view.getUint32(20) };
    return isHeader ? { type: "image/png", ...size } : null;
  }
  return view.getUint16(0) === 0xffd8 ? readJpegSize(view) : null;
}

/** What a decoder passes over must not be looked at here, nor the other way round: what no camera writes has no size. */
function readJpegSize(view: DataView): PlainPicture | null {
  let at = 2;
  while (at + 9 <= view.byteLength && view.getUint8(at) === 0xff) {
    const marker = view.getUint8(at + 1);
    const isFrame = marker >= FIRST_FRAME && marker <= LAST_FRAME && !NO_FRAMES.has(marker);
    if (isFrame) {
      return { type: "image/jpeg", width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    }
    const length = view.getUint16(at + 2);
    if (marker === PADDING) at += 1;
    else if (length >= 2 && (SEGMENTS.has(marker) || (marker & 0xf0) === APPLICATION)) {
      at += 2 + length;
    } else return null;
  }
  return null;
}
