import { createPrivateKey, createPublicKey, sign } from "node:crypto";
import { base32nopad } from "@scure/base";

/** What an nkey belongs to; it is the first letter of its text: N, A or U. */
export type NkeyKind = "server" | "account" | "user";

/** A signing nkey whose secret half is held. */
export interface NkeySigner {
  /** Its public key as text. */
  publicKey: string;
  /** 64 bytes. */
  sign(message: Uint8Array): Uint8Array;
}

const PREFIXES: Record<NkeyKind, number> = { server: 13 << 3, account: 0, user: 20 << 3 };
const SEED_PREFIX = 18 << 3;
const KEY_BYTES = 32;
const CHECKSUM_BYTES = 2;
/** PrivateKeyInfo of an Ed25519 key without the key itself. (RFC 8410 §7) */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

/** The text of a public key: base32 of its kind, its 32 bytes and a checksum. */
export function encodeNkey(kind: NkeyKind, publicKey: Uint8Array): string {
  return encode([PREFIXES[kind]], publicKey);
}

/** The 32 bytes of a public key of this kind; null where the text is anything else. */
export function decodeNkey(kind: NkeyKind, text: string): Uint8Array | null {
  const bytes = decode(text, 1 + KEY_BYTES);
  return bytes?.[0] === PREFIXES[kind] ? bytes.slice(1) : null;
}

/** The text of a secret seed: it begins with S and the letter of its kind. */
export function encodeNkeySeed(kind: NkeyKind, seed: Uint8Array): string {
  return encode(seedPrefix(kind), seed);
}

/** The 32 bytes of a seed of this kind; null where the text is anything else. */
export function decodeNkeySeed(kind: NkeyKind, text: string): Uint8Array | null {
  const bytes = decode(text, 2 + KEY_BYTES);
  const [first, second] = seedPrefix(kind);
  return bytes?.[0] === first && bytes?.[1] === second ? bytes.slice(2) : null;
}

/** The signer of a 32-byte seed. */
export function createNkeySigner(kind: NkeyKind, seed: Uint8Array): NkeySigner {
  const der = Buffer.concat([PKCS8_PREFIX, seed]);
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const spki = createPublicKey(key).export({ format: "der", type: "spki" });
  return {
    publicKey: encodeNkey(kind, new Uint8Array(spki.subarray(-KEY_BYTES))),
    sign: (message) => new Uint8Array(sign(null, message, key)),
  };
}

/** Both letters of a seed's text are whole base32 digits, so the kind lies across two bytes. */
function seedPrefix(kind: NkeyKind): [number, number] {
  const prefix = PREFIXES[kind];
  return [SEED_PREFIX | prefix >> 5, (prefix & 31) << 3];
}

function encode(prefix: number[], key: Uint8Array): string {
  if (key.length !== KEY_BYTES) throw new Error(`An nkey has ${KEY_BYTES} bytes.`);
  const body = Uint8Array.from([...prefix, ...key]);
  const checksum = crc16(body);
  return base32nopad.encode(Uint8Array.from([...body, checksum & 255, checksum >> 8]));
}

function decode(text: string, bodyBytes: number): Uint8Array | null {
  if (text.length !== Math.ceil((bodyBytes + CHECKSUM_BYTES) * 8 / 5)) return null;
  let bytes: Uint8Array;
  try {
    bytes = base32nopad.decode(text);
  } catch {
    // Not base32.
    return null;
  }
  const body = bytes.slice(0, bodyBytes);
  return crc16(body) === (bytes[bodyBytes]! | bytes[bodyBytes + 1]! << 8) ? body : null;
}

/** CRC-16/XMODEM. */
function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) {
      crc = (crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1) & 0xffff;
    }
  }
  return crc;
}
