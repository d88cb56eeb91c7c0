/// <reference lib="deno.worker" />
import { verifySchnorr } from "tiny-secp256k1";
import { checkByLibrary } from "./signature_check.ts";
import { CLAIM_BYTES, READY, type VerifyJob, type VerifyResult } from "./signature_claim.ts";

const check = checkByLibrary({ verifySchnorr });

/** A Worker that checks BIP-340 signatures, handed over as packed claims. */
self.onmessage = ({ data }: MessageEvent<VerifyJob>) => {
  const valid = new Uint8Array(data.claims.length / CLAIM_BYTES);
  for (let i = 0; i < valid.length; i++) valid[i] = check(data.claims, i) ? 1 : 0;
  const result: VerifyResult = { job: data.job, valid };
  self.postMessage(result);
};

const ready: VerifyResult = { job: READY, valid: new Uint8Array() };
self.postMessage(ready);
