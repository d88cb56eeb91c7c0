import { decodeBase64url, encodeBase64url } from "../../protocol/bytes.ts";
import { MAX_TAKEN_BYTES } from "../attachments/file_limit.ts";
import { UserError } from "../user_error.ts";

/** A part of the file of a message; the parts of one file follow each other. (docs/backup.md) */
export interface FilePart {
  from: string;
  id: string;
  /** In base64url. */
  bytes: string;
  isLast: boolean;
}

/** A whole file, and the message that it belongs to. */
export interface BackupFile {
  from: string;
  id: string;
  bytes: Uint8Array<ArrayBuffer>;
}

/** So long, a part stays below the longest line. */
const PART_BYTES = 512 * 1024;
export const MAX_PART_CHARS = Math.ceil(PART_BYTES / 3) * 4;

/** The file of a message in parts; an empty one has one, too. */
export function* partsOf({ from, id, bytes }: BackupFile): Generator<FilePart> {
  let at = 0;
  do {
    const end = at + PART_BYTES;
    const part = encodeBase64url(bytes.subarray(at, end));
    yield { from, id, bytes: part, isLast: end >= bytes.length };
    at = end;
  } while (at < bytes.length);
}

/** Puts files together again. */
export interface FileJoiner {
  /** The file that a part was the last one of; null where more must follow. @throws UserError `backup_damaged` */
  add(part: FilePart): BackupFile | null;
  /** Call it before whatever is no part. @throws UserError `backup_damaged` where a file has not ended */
  expectWhole(): void;
}

/** A joiner that expects the first part of a file. */
export function createFileJoiner(): FileJoiner {
  let name = "";
  let parts: Uint8Array[] = [];
  let length = 0;

  return {
    add({ from, id, bytes, isLast }) {
      const part = decodeBase64url(bytes);
      const isOfAnother = parts.length > 0 && name !== `${from} ${id}`;
      if (!part || isOfAnother) throw new UserError("backup_damaged");
      name = `${from} ${id}`;
      parts.push(part);
      length += part.length;
      if (length > MAX_TAKEN_BYTES) throw new UserError("backup_damaged");
      if (!isLast) return null;
      const whole = join(parts, length);
      parts = [];
      length = 0;
      return { from, id, bytes: whole };
    },
    expectWhole() {
      if (parts.length > 0) throw new UserError("backup_damaged");
    },
  };
}

function join(parts: Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
