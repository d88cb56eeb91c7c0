import { ed25519 } from "@noble/curves/ed25519.js";
import { schnorr } from "@noble/curves/secp256k1.js";
import { bytesToHex, decodeHex, isHex } from "./bytes.ts";
import { ProtocolError } from "./errors.ts";

/** What an unlocked app holds; each 32 bytes. The phrase and its seed are not among them. */
export interface SessionSecrets {
  identitySecret: Uint8Array;
  nostrSecret: Uint8Array;
  storageKey: Uint8Array;
}

const PREFIX = "ed25519:";
const MAX_REMEMBERED_PRIMARIES = 1_000;

const parsedPrimaries = new Map<string, Uint8Array>();

/** `ed25519:<64 hex>` of a 32-byte identity secret. */
export function primaryOf(identitySecret: Uint8Array): string {
  return PREFIX + bytesToHex(ed25519.getPublicKey(identitySecret));
}

/** The 64-hex x-only public key (BIP-340) of a nostr secret. */
export function nostrPubkeyOf(nostrSecret: Uint8Array): string {
  return bytesToHex(schnorr.getPublicKey(nostrSecret));
}

/**
 * The 32 public key bytes of a primary: the canonical encoding of a point of prime order.
 *
 * @throws ProtocolError `invalid_primary`
 */
export function parsePrimary(primary: string): Uint8Array {
  const known = parsedPrimaries.get(primary);
  if (known) return known;
  const hex = primary.startsWith(PREFIX) ? primary.slice(PREFIX.length) : "";
  const bytes = isHex(hex, 32) ? decodeHex(hex) : null;
  if (!bytes || !isPrimeOrderPoint(bytes)) {
    throw new ProtocolError("invalid_primary", "This is not an ed25519 identity.");
  }
  if (parsedPrimaries.size >= MAX_REMEMBERED_PRIMARIES) parsedPrimaries.clear();
  parsedPrimaries.set(primary, bytes);
  return bytes;
}

/** True where {@link parsePrimary} would accept the text. */
export function isPrimary(text: string): boolean {
  try {
    parsePrimary(text);
    return true;
  } catch (error) {
    if (error instanceof ProtocolError) return false;
    throw error;
  }
}

/** The X25519 public key to which mail for a primary is sealed (RFC 7748 map). */
export function agreementPublicKey(primary: string): Uint8Array {
  return ed25519.utils.toMontgomery(parsePrimary(primary));
}

/** The X25519 private key of an identity secret: the clamped half of its SHA-512. */
export function agreementSecretKey(identitySecret: Uint8Array): Uint8Array {
  return ed25519.utils.toMontgomerySecret(identitySecret);
}

function isPrimeOrderPoint(bytes: Uint8Array): boolean {
  try {
    const point = ed25519.Point.fromBytes(bytes, false);
    return !point.is0() && point.isTorsionFree();
  } catch {
    return false;
  }
}
