import { owned, utf8ToBytes } from "../../protocol/bytes.ts";

/** Bytes under AES-256-GCM. Goes into IndexedDB as it is. */
export interface SealedBytes {
  /** 12 bytes, fresh for every sealing. */
  iv: Uint8Array<ArrayBuffer>;
  /** Ciphertext and tag. */
  data: ArrayBuffer;
}

const IV_BYTES = 12;

/** The AES-256-GCM key of 32 bytes; cannot be read back. */
export function importAesKey(bytes: Uint8Array): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", owned(bytes), "AES-GCM", false, ["encrypt", "decrypt"]);
}

/** Seals bytes for one place: `context` names it, and nothing else opens it. */
export async function sealBytes(
  key: CryptoKey,
  { plain, context }: { plain: Uint8Array; context: string },
): Promise<SealedBytes> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const data = await crypto.subtle.encrypt(algorithm(iv, context), key, owned(plain));
  return { iv, data };
}

/** The bytes; null where the key, the context or the sealed bytes are not the ones of the sealing. */
export async function openBytes(
  key: CryptoKey,
  { sealed, context }: { sealed: SealedBytes; context: string },
): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    const plain = await crypto.subtle.decrypt(algorithm(sealed.iv, context), key, sealed.data);
    return new Uint8Array(plain);
  } catch (error) {
    if (error instanceof DOMException && error.name === "OperationError") return null;
    throw error;
  }
}

function algorithm(iv: Uint8Array<ArrayBuffer>, context: string): AesGcmParams {
  return { name: "AES-GCM", iv, additionalData: owned(utf8ToBytes(context)) };
}
