import { hexToBytes } from "@noble/hashes/utils.js";
import { base64urlnopad } from "@scure/base";

export { bytesToHex, concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";

const HEX = /^(?:[0-9a-f]{2})*$/;

/** True for lower-case hex of exactly `bytes` bytes. */
export function isHex(text: string, bytes: number): boolean {
  return text.length === bytes * 2 && HEX.test(text);
}

/** Decodes lower-case hex; null where the text is anything else. */
export function decodeHex(text: string): Uint8Array<ArrayBuffer> | null {
  return HEX.test(text) ? owned(hexToBytes(text)) : null;
}

/** base64url without padding (RFC 4648 §5). */
export function encodeBase64url(bytes: Uint8Array): string {
  return base64urlnopad.encode(bytes);
}

/** Decodes base64url without padding; null where the text is anything else, non-zero spare bits included. */
export function decodeBase64url(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    return owned(base64urlnopad.decode(text));
  } catch {
    return null;
  }
}

/** Decodes strict UTF-8; null where the bytes are not valid UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** The same bytes in an ArrayBuffer of their own, as Web Crypto wants them. */
export function owned(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}

/** True where both are the same bytes. Not for secrets: the time that it takes tells where they differ. */
export function areSameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

/** Unsigned 32-bit big-endian. */
export function encodeU32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}
