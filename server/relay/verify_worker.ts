/// <reference lib="deno.worker" />
import { verifySchnorr } from "tiny-secp256k1";
import { CLAIM_BYTES, readClaim, type VerifyJob, type VerifyResult } from "./signature_claim.ts";

/** A Worker that checks BIP-340 signatures, handed over as packed claims. */
self.onmessage = ({ data }: MessageEvent<VerifyJob>) => {
  const valid = new Uint8Array(data.claims.length / CLAIM_BYTES);
  for (let i = 0; i < valid.length; i++) valid[i] = isValid(data.claims, i) ? 1 : 0;
  const result: VerifyResult = { job: data.job, valid };
  self.postMessage(result);
};

const NOT_RIGHT = ["Expected Point", "Expected Signature"];

function isValid(claims: Uint8Array, index: number): boolean {
  const { id, pubkey, sig } = readClaim(claims, index);
  try {
    return verifySchnorr(id, pubkey, sig);
  } catch (error) {
    // The library throws for a pubkey that is no point, and for r or s beyond the curve's order: they are not right.
    if (error instanceof Error && NOT_RIGHT.includes(error.message)) return false;
    throw error;
  }
}
