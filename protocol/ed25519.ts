import { ed25519 } from "@noble/curves/ed25519.js";

/** What a verifier is given: a 32-byte key already checked by `parsePrimary`, the message, a 64-byte signature. */
export interface Ed25519Check {
  publicKey: Uint8Array;
  message: Uint8Array;
  signature: Uint8Array;
}

/**
 * Verifies by RFC 8032's cofactorless equation with S < L and canonical R. Servers pass `node:crypto`, browsers Web
 * Crypto, both fall back on {@link verifyEd25519}: over keys of prime order all three agree.
 */
export type VerifyEd25519 = (check: Ed25519Check) => boolean | Promise<boolean>;

/** The portable verifier. False for anything that does not verify; never throws. */
export function verifyEd25519({ publicKey, message, signature }: Ed25519Check): boolean {
  try {
    // noble multiplies by the cofactor; an R of prime order makes that the same as the cofactorless equation.
    const r = ed25519.Point.fromBytes(signature.subarray(0, 32), false);
    return r.isTorsionFree() && ed25519.verify(signature, message, publicKey, { zip215: false });
  } catch {
    return false;
  }
}

/** Signs with a 32-byte RFC 8032 private key. Returns 64 bytes. */
export function signEd25519(message: Uint8Array, secret: Uint8Array): Uint8Array {
  return ed25519.sign(message, secret);
}
