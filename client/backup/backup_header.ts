import * as v from "valibot";
import {
  concatBytes,
  decodeBase64url,
  encodeBase64url,
  owned,
  utf8ToBytes,
} from "../../protocol/bytes.ts";
import { canonicalJson } from "../../protocol/jcs.ts";
import type { Argon2Parameters } from "../session/argon2.ts";
import { UserError } from "../user_error.ts";

/** What stands open at the head of a backup: all that is needed to derive its key. (docs/backup.md) */
export interface BackupHeader {
  argon2: Argon2Parameters;
}

/** A header as it was read. */
export interface ReadHeader extends BackupHeader {
  /** Tells a wrong passphrase at once. */
  check: Uint8Array<ArrayBuffer>;
  /** Every byte before the first chunk. */
  bytes: Uint8Array<ArrayBuffer>;
}

/** The first bytes of every version. */
const MAGIC = utf8ToBytes("kez-chat backup\n");
const VERSION = 1;
const FIXED_BYTES = MAGIC.length + 2 + 4;
const MAX_JSON_BYTES = 4096;
export const CHECK_BYTES = 16;

const SALT_BYTES = 16;
/** What a file may ask of the device that opens it. */
const MAX_MEMORY_KIB = 256 * 1024;
const MAX_ITERATIONS = 10;

const naturalUpTo = (max: number) =>
  v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(max));
const Json = v.looseObject({
  argon2: v.object({
    salt: v.string(),
    memoryKib: v.pipe(naturalUpTo(MAX_MEMORY_KIB), v.minValue(8)),
    iterations: naturalUpTo(MAX_ITERATIONS),
  }),
});

/** The bytes of a header. `check` is of {@link CHECK_BYTES}. */
export function encodeHeader({ argon2 }: BackupHeader, check: Uint8Array): Uint8Array<ArrayBuffer> {
  const { salt, memoryKib, iterations } = argon2;
  const json = utf8ToBytes(
    canonicalJson({ argon2: { salt: encodeBase64url(salt), memoryKib, iterations } }),
  );
  const sizes = new DataView(new ArrayBuffer(6));
  sizes.setUint16(0, VERSION);
  sizes.setUint32(2, json.length);
  return owned(concatBytes(MAGIC, new Uint8Array(sizes.buffer), json, check));
}

/**
 * Reads the header of a file.
 *
 * @throws UserError `not_a_backup`, `backup_newer`, `backup_damaged`
 */
export async function readHeader(file: Blob): Promise<ReadHeader> {
  const fixed = await bytesOf(file, 0, FIXED_BYTES);
  if (!MAGIC.every((byte, index) => fixed[index] === byte)) throw new UserError("not_a_backup");
  if (fixed.length < FIXED_BYTES) throw new UserError("backup_damaged");
  const sizes = new DataView(fixed.buffer, MAGIC.length);
  if (sizes.getUint16(0) > VERSION) throw new UserError("backup_newer");
  const jsonBytes = sizes.getUint32(2);
  const end = FIXED_BYTES + jsonBytes + CHECK_BYTES;
  if (sizes.getUint16(0) !== VERSION || jsonBytes > MAX_JSON_BYTES || file.size < end) {
    throw new UserError("backup_damaged");
  }
  const bytes = await bytesOf(file, 0, end);
  const argon2 = parseJson(bytes.subarray(FIXED_BYTES, FIXED_BYTES + jsonBytes));
  return { argon2, check: bytes.slice(-CHECK_BYTES), bytes };
}

/** A part of a file. */
export async function bytesOf(
  file: Blob,
  start: number,
  end: number,
): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await file.slice(start, end).arrayBuffer());
}

function parseJson(bytes: Uint8Array): Argon2Parameters {
  try {
    const { argon2 } = v.parse(Json, JSON.parse(new TextDecoder().decode(bytes)));
    const salt = decodeBase64url(argon2.salt);
    if (salt?.length !== SALT_BYTES) throw new RangeError("The salt has another length.");
    return { ...argon2, salt };
  } catch (cause) {
    throw new UserError("backup_damaged", { cause });
  }
}
