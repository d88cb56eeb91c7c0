interface Size {
  width: number;
  height: number;
}

const latin1 = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));

function join(...parts: (string | number[])[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(
    parts.flatMap((part) => typeof part === "string" ? [...latin1(part)] : part),
  );
}

const big = (value: number, bytes: number) =>
  Array.from({ length: bytes }, (_, at) => (value / 2 ** (8 * (bytes - 1 - at))) & 0xff);
const little = (value: number, bytes: number) => big(value, bytes).reverse();

/** The first bytes of a picture of a type, which claim a size; what follows them is missing. */
export const pictureHeads = {
  png: ({ width, height }: Size) =>
    join("\x89PNG\r\n\x1a\n", big(13, 4), "IHDR", big(width, 4), big(height, 4), [8, 6, 0, 0, 0]),
  jpeg: ({ width, height }: Size) =>
    join([0xff, 0xd8, 0xff, 0xe0, 0, 16], new Array(14).fill(0), [0xff, 0xc0, 0, 17, 8], [
      ...big(height, 2),
      ...big(width, 2),
    ], new Array(10).fill(0)),
  /** With a screen that claims less than its first frame, a table of colours and a comment before it. */
  gif: ({ width, height }: Size) =>
    join(
      "GIF89a",
      [1, 0, 1, 0, 0x80, 0, 0],
      new Array(6).fill(9),
      [0x21, 0xfe, 2, 65, 66, 1, 67, 0],
      [0x2c, 0, 0, 0, 0, ...little(width, 2), ...little(height, 2), 0],
    ),
  "webp of parts": ({ width, height }: Size) =>
    join("RIFF\0\0\0\0WEBPVP8X", little(10, 4), [0, 0, 0, 0], [
      ...little(width - 1, 3),
      ...little(height - 1, 3),
    ]),
  "webp, lossless": ({ width, height }: Size) =>
    join(
      "RIFF\0\0\0\0WEBPVP8L",
      little(5, 4),
      [0x2f],
      little(width - 1 + (height - 1) * 2 ** 14, 4),
    ),
  "webp, lossy": ({ width, height }: Size) =>
    join("RIFF\0\0\0\0WEBPVP8 ", little(10, 4), [0, 0, 0, 0x9d, 1, 0x2a], [
      ...little(width, 2),
      ...little(height, 2),
    ]),
};
