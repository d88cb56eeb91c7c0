import { MAX_FILE_BYTES } from "./file_limit.ts";
import { MAX_PIXELS, pixelsOf } from "./picture_pixels.ts";

/** How an attachment is shown. */
export type FileKind = "picture" | "voice" | "file";

/** Longest recording that is played here; nobody speaks for so long. */
const MAX_VOICE_MS = 6 * 60 * 60 * 1000;

/** Types that every browser draws as pixels alone; SVG and the like are documents, and may run. */
const PICTURE_TYPES: readonly string[] = ["image/png", "image/jpeg", "image/webp", "image/gif"];

/**
 * What a message says that its file is; what it really is, {@link sniffType} says. One that is larger than any that is
 * sent is not fetched by itself, and so it is a file.
 */
export function fileKindOf(
  { mime, size, duration_ms }: { mime: string; size: number; duration_ms?: number },
): FileKind {
  if (size > MAX_FILE_BYTES) return "file";
  const type = mime.split(";", 1)[0]!.trim().toLowerCase();
  if (PICTURE_TYPES.includes(type)) return "picture";
  const isTimed = duration_ms !== undefined && duration_ms <= MAX_VOICE_MS;
  return type.startsWith("audio/") && isTimed ? "voice" : "file";
}

/** Bytes at a place, as Latin-1; a question mark is any. */
const MARKS: readonly { type: string; at: number; text: string }[] = [
  { type: "image/png", at: 0, text: "\x89PNG\r\n\x1a\n" },
  { type: "image/jpeg", at: 0, text: "\xff\xd8\xff" },
  { type: "image/gif", at: 0, text: "GIF87a" },
  { type: "image/gif", at: 0, text: "GIF89a" },
  { type: "image/webp", at: 0, text: "RIFF????WEBP" },
  { type: "audio/webm", at: 0, text: "\x1a\x45\xdf\xa3" },
  { type: "audio/ogg", at: 0, text: "OggS" },
  { type: "audio/mp4", at: 4, text: "ftyp" },
];

const OPAQUE = "application/octet-stream";

/** The type of a file, by its first bytes alone; opaque for any that is neither shown nor played. */
export function sniffType(bytes: Uint8Array): string {
  const found = MARKS.find(({ at, text }) =>
    [...text].every((char, i) => char === "?" || bytes[at + i] === char.charCodeAt(0))
  );
  return found?.type ?? OPAQUE;
}

/** The type that a file is shown or played as; opaque also for a picture that would unfold to more than a device can bear. */
export function shownType(bytes: Uint8Array): string {
  const type = sniffType(bytes);
  return type.startsWith("image/") && pixelsOf(bytes, type) > MAX_PIXELS ? OPAQUE : type;
}
