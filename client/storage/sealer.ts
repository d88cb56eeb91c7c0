import { encodeBase64url, owned, utf8ToBytes } from "../../protocol/bytes.ts";
import { UserError } from "../user_error.ts";
import { importAesKey, openBytes, sealBytes, type SealedBytes } from "./aes_gcm.ts";

/** A value at rest: AES-256-GCM of its JSON. */
export type SealedRecord = SealedBytes;

/**
 * Seals what chats keep on this device. A transaction of IndexedDB ends while it waits for any of these: seal before it
 * begins, open after it has ended.
 */
export interface Sealer {
  /** Seals a JSON value. `key` is the record's own key; only under that key does it open again. */
  seal(key: string, value: unknown): Promise<SealedRecord>;
  /** @throws UserError `storage_failed` where the record was changed, moved, or sealed under another account */
  open<T>(key: string, record: SealedRecord): Promise<T>;
  /** Seals bytes, for a place of their own under the key of a record. */
  sealFile(key: string, bytes: Uint8Array): Promise<SealedBytes>;
  /** @throws UserError `storage_failed`, as `open` does */
  openFile(key: string, sealed: SealedBytes): Promise<Uint8Array<ArrayBuffer>>;
  /** The name under which parts are stored and indexed: 43 characters that tell nothing without the storage key. */
  tag(...parts: string[]): Promise<string>;
}

const SALT = utf8ToBytes("kez-chat/v1");
const TAG_INFO = utf8ToBytes("index");

/**
 * A sealer under a storage key of 32 bytes, which it does not keep: records under the key itself, tags as HMAC-SHA-256
 * under a key derived from it. (Specification page 1, storage key; page 7, "At rest")
 */
export async function createSealer(storageKey: Uint8Array): Promise<Sealer> {
  const recordKey = await importAesKey(storageKey);
  const tagKey = await deriveTagKey(storageKey);
  return {
    seal: (key, value) =>
      sealBytes(recordKey, { plain: utf8ToBytes(JSON.stringify(value)), context: key }),
    async open<T>(key: string, record: SealedRecord) {
      const plain = await openBytes(recordKey, { sealed: record, context: key });
      if (!plain) throw new UserError("storage_failed");
      return JSON.parse(new TextDecoder().decode(plain)) as T;
    },
    sealFile: (key, plain) => sealBytes(recordKey, { plain, context: fileContext(key) }),
    async openFile(key, sealed) {
      const plain = await openBytes(recordKey, { sealed, context: fileContext(key) });
      if (!plain) throw new UserError("storage_failed");
      return plain;
    },
    async tag(...parts) {
      // JSON keeps ["ab", "c"] and ["a", "bc"] apart.
      const named = owned(utf8ToBytes(JSON.stringify(parts)));
      return encodeBase64url(new Uint8Array(await crypto.subtle.sign("HMAC", tagKey, named)));
    },
  };
}

/** No file passes for the record under whose key it stands. */
function fileContext(key: string): string {
  return `file ${key}`;
}

async function deriveTagKey(storageKey: Uint8Array): Promise<CryptoKey> {
  const ikm = await crypto.subtle.importKey("raw", owned(storageKey), "HKDF", false, ["deriveKey"]);
  return await crypto.subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt: owned(SALT), info: owned(TAG_INFO) },
    ikm,
    { name: "HMAC", hash: "SHA-256", length: 256 },
    false,
    ["sign"],
  );
}
