import { createPublicKey, type KeyObject, verify } from "node:crypto";
import type { Ed25519Check } from "../protocol/ed25519.ts";

/** SubjectPublicKeyInfo of an Ed25519 key without the key itself. (RFC 8410 §10.1) */
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

/**
 * Verifies with the runtime's own code: RFC 8032's cofactorless equation with S < L and canonical R. Same answers as
 * `protocol`'s verifier for keys that `parsePrimary` accepts, many times as fast. False for anything that does not
 * verify; never throws.
 */
export function verifyEd25519({ publicKey, message, signature }: Ed25519Check): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  const key = keyObject(publicKey);
  return key !== null && verify(null, message, key, signature);
}

function keyObject(publicKey: Uint8Array): KeyObject | null {
  const key = Buffer.concat([SPKI_PREFIX, publicKey]);
  try {
    return createPublicKey({ key, format: "der", type: "spki" });
  } catch {
    // Not the encoding of a point.
    return null;
  }
}
