import { owned, utf8ToBytes } from "../../protocol/bytes.ts";
import type { Argon2Parameters, DeriveKey } from "../session/argon2.ts";
import { CHECK_BYTES } from "./backup_header.ts";

/** What a passphrase gives for one file. */
export interface BackupKey {
  /** Seals the chunks; cannot be read back. */
  chunks: CryptoKey;
  check: Uint8Array<ArrayBuffer>;
}

const SALT = utf8ToBytes("kez-chat/v1");
const CHUNKS_INFO = utf8ToBytes("backup/chunks");
const CHECK_INFO = utf8ToBytes("backup/check");

/** Derives the key of a file: Argon2id in a worker, then HKDF-SHA-256. (docs/backup.md) */
export async function deriveBackupKey(
  argon2: Argon2Parameters,
  { passphrase, deriveKey }: { passphrase: string; deriveKey: DeriveKey },
): Promise<BackupKey> {
  const { key } = await deriveKey({ ...argon2, passphrase });
  const usages: KeyUsage[] = ["deriveKey", "deriveBits"];
  const ikm = await crypto.subtle.importKey("raw", key, "HKDF", false, usages);
  key.fill(0);
  const aes = { name: "AES-GCM", length: 256 };
  const chunks = await crypto.subtle.deriveKey(hkdf(CHUNKS_INFO), ikm, aes, false, [
    "encrypt",
    "decrypt",
  ]);
  const check = await crypto.subtle.deriveBits(hkdf(CHECK_INFO), ikm, 8 * CHECK_BYTES);
  return { chunks, check: new Uint8Array(check) };
}

function hkdf(info: Uint8Array): HkdfParams {
  return { name: "HKDF", hash: "SHA-256", salt: owned(SALT), info: owned(info) };
}
