import { createPublicKey, type KeyObject, verify } from "node:crypto";
import type { Ed25519Check } from "../protocol/ed25519.ts";

/** SubjectPublicKeyInfo of an Ed25519 key without the key itself. (RFC 8410 §10.1) */
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

/**
 * Verifies by OpenSSL's RFC 8032 equation: cofactorless, S < L, canonical R. Same answers as `protocol`'s verifier for
 * keys that `parsePrimary` accepts, about twenty times as fast. False for anything that does not verify.
 */
export function verifyEd25519({ publicKey, message, signature }: Ed25519Check): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  return verify(null, message, keyObject(publicKey), signature);
}

function keyObject(publicKey: Uint8Array): KeyObject {
  return createPublicKey({
    key: Buffer.concat([SPKI_PREFIX, publicKey]),
    format: "der",
    type: "spki",
  });
}
