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

function readJpegSize(view: DataView): PlainPicture | null {
  let at = 2;
  while (at + 9 <= view.byteLength && view.getUint8(at) === 0xff) {
    const marker = view.getUint8(at + 1);
    const isFrame = marker >= FIRST_FRAME && marker <= LAST_FRAME && !NO_FRAMES.has(marker);
    if (isFrame) {
      return { type: "image/jpeg", width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    }
    at += 2 + view.getUint16(at + 2);
  }
  return null;
}
