import { decodeBase64url, encodeBase64url, owned } from "./bytes.ts";
import { ProtocolError } from "./errors.ts";
import { paddedTotal } from "./padding.ts";
import { sha256Hex } from "./sha256_hex.ts";

const TAG_BYTES = 16;
const KEY_BYTES = 32;
const NONCE_BYTES = 12;

/** What opens the file of an attachment, as its body says it. (Specification page 2) */
export interface AttachmentKey {
  /** 32 bytes in base64url. */
  key: string;
  /** 12 bytes in base64url. */
  nonce: string;
  /** Bytes of the file itself. */
  size: number;
}

/** The bytes of a sealed file for a file of so many. */
export function sealedSize(size: number): number {
  return paddedTotal(size) + TAG_BYTES;
}

/** A key and a nonce for one file alone; `random` is 44 random bytes, never used twice. */
export function attachmentKey(random: Uint8Array, size: number): AttachmentKey {
  return {
    key: encodeBase64url(random.subarray(0, KEY_BYTES)),
    nonce: encodeBase64url(random.subarray(KEY_BYTES, KEY_BYTES + NONCE_BYTES)),
    size,
  };
}

/** Seals a file: AES-256-GCM over its bytes, padded with zeros. The same file under the same key is the same again. */
export async function sealAttachment(
  file: Uint8Array,
  attachment: AttachmentKey,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; sha256: string }> {
  if (file.length !== attachment.size) throw new Error("The file is not of the size that is said.");
  const padded = new Uint8Array(paddedTotal(file.length));
  padded.set(file);
  const { key, algorithm } = await cipherOf(attachment, "encrypt");
  const bytes = new Uint8Array(await crypto.subtle.encrypt(algorithm, key, padded));
  return { bytes, sha256: await sha256Hex(bytes) };
}

/**
 * Opens what was fetched, and checks it against what the message says of it.
 *
 * @throws ProtocolError `undecryptable` where it is another file, or was changed; `bad_padding`
 */
export async function openAttachment(
  sealed: Uint8Array,
  attachment: AttachmentKey & { sha256: string },
): Promise<Uint8Array<ArrayBuffer>> {
  const { size } = attachment;
  if (sealed.length !== sealedSize(size) || await sha256Hex(sealed) !== attachment.sha256) {
    throw new ProtocolError("undecryptable", "This is not the file that the message names.");
  }
  const padded = await decrypt(sealed, attachment);
  for (let at = size; at < padded.length; at++) {
    if (padded[at] !== 0) {
      throw new ProtocolError("bad_padding", "The file's padding is not what version 2 says.");
    }
  }
  return padded.subarray(0, size);
}

async function decrypt(
  sealed: Uint8Array,
  attachment: AttachmentKey,
): Promise<Uint8Array<ArrayBuffer>> {
  const { key, algorithm } = await cipherOf(attachment, "decrypt");
  try {
    return new Uint8Array(await crypto.subtle.decrypt(algorithm, key, owned(sealed)));
  } catch (cause) {
    throw new ProtocolError("undecryptable", "The message's key does not open the file.", {
      cause,
    });
  }
}

async function cipherOf({ key, nonce }: AttachmentKey, usage: "encrypt" | "decrypt") {
  const raw = decodeBase64url(key);
  const iv = decodeBase64url(nonce);
  if (raw?.length !== KEY_BYTES || iv?.length !== NONCE_BYTES) {
    throw new ProtocolError("malformed", "The file's key or nonce is not what version 2 says.");
  }
  return {
    key: await crypto.subtle.importKey("raw", raw, "AES-GCM", false, [usage]),
    algorithm: { name: "AES-GCM", iv } satisfies AesGcmParams,
  };
}
