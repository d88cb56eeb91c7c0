import { concatBytes, decodeHex } from "../../../protocol/bytes.ts";
import type { NostrEvent } from "../../../protocol/nostr_event.ts";

/** Bytes of a packed claim: id (32), pubkey (32), sig (64). */
export const CLAIM_BYTES = 128;

/** Claims to check, packed one after the other. */
export interface VerifyJob {
  job: number;
  claims: Uint8Array;
}

/** The job that nobody gave: its result says that the Worker is ready. */
export const READY = 0;

/** One byte a claim of the job: 1 where its signature is right. */
export interface VerifyResult {
  job: number;
  valid: Uint8Array;
}

/** "`pubkey` signed `id`", packed. The event's members must be hex of the right lengths. */
export function packClaim(
  { id, pubkey, sig }: Pick<NostrEvent, "id" | "pubkey" | "sig">,
): Uint8Array {
  return concatBytes(decodeHex(id)!, decodeHex(pubkey)!, decodeHex(sig)!);
}

/** A claim out of several packed ones. */
export function readClaim(
  claims: Uint8Array,
  index: number,
): { id: Uint8Array; pubkey: Uint8Array; sig: Uint8Array } {
  const claim = claims.subarray(index * CLAIM_BYTES, (index + 1) * CLAIM_BYTES);
  return { id: claim.subarray(0, 32), pubkey: claim.subarray(32, 64), sig: claim.subarray(64) };
}
