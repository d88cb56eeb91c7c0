/** What bytes that are no known picture are served as: nothing that a browser would run or show. */
export const OPAQUE_TYPE = "application/octet-stream";

/** Beginnings of the pictures that are served inline; null stands for any byte. (Specification page 3, "Blobs") */
const PICTURES: readonly (readonly [type: string, extension: string, magic: (number | null)[]])[] =
  [
    ["image/png", "png", [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
    ["image/jpeg", "jpg", [0xff, 0xd8, 0xff]],
    ["image/gif", "gif", [0x47, 0x49, 0x46, 0x38, null, 0x61]],
    [
      "image/webp",
      "webp",
      [0x52, 0x49, 0x46, 0x46, null, null, null, null, 0x57, 0x45, 0x42, 0x50],
    ],
  ];

/** The type that a blob is served as, by its first bytes and never by what its sender says. */
export function typeOfBytes(head: Uint8Array): string {
  const picture = PICTURES.find(([, , magic]) =>
    magic.every((byte, at) => byte === null ? at < head.length : head[at] === byte)
  );
  return picture?.[0] ?? OPAQUE_TYPE;
}

/** The extension for the URL of a blob of a type. */
export function extensionOf(type: string): string {
  return PICTURES.find(([known]) => known === type)?.[1] ?? "bin";
}
