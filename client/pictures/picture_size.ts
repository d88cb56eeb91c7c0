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
const PADDING = 0xff;
const TEMPORARY = 0x01;
const FIRST_RESTART = 0xd0;
const LAST_RESTART = 0xd7;
/** Start, end and scan: none of them comes before the frame. (ITU-T T.81, B.1.1.3) */
const START = 0xd8;
const SCAN = 0xda;

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

/** Decoders pass over padding, and over markers that stand alone: what they do not look at must not be looked at here. */
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
    else if (marker === TEMPORARY || (marker >= FIRST_RESTART && marker <= LAST_RESTART)) at += 2;
    else if (length < 2 || (marker >= START && marker <= SCAN)) return null;
    else at += 2 + length;
  }
  return null;
}
