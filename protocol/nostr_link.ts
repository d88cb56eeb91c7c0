import { schnorr } from "@noble/curves/secp256k1.js";
import { sha256 } from "@noble/hashes/sha2.js";
import * as v from "valibot";
import { bytesToHex, decodeHex, isHex, utf8ToBytes } from "./bytes.ts";
import { nostrPubkeyOf } from "./identity.ts";

/** The nostr key of a primary, and that key's BIP-340 signature over the primary. (Specification page 1) */
export interface NostrLink {
  pubkey: string;
  sig: string;
}

const Shape = v.looseObject({ pubkey: v.string(), sig: v.string() });

/** True where the value is a nostr key with its signature over `primary`. */
export function isNostrLink(link: unknown, primary: string): link is NostrLink {
  if (!v.is(Shape, link) || !isHex(link.pubkey, 32) || !isHex(link.sig, 64)) return false;
  return schnorr.verify(decodeHex(link.sig)!, linkDigest(primary), decodeHex(link.pubkey)!);
}

/** Links a nostr key to a primary. `random` is 32 bytes, BIP-340's auxiliary randomness. */
export function signNostrLink(
  primary: string,
  { nostrSecret, random }: { nostrSecret: Uint8Array; random: Uint8Array },
): NostrLink {
  return {
    pubkey: nostrPubkeyOf(nostrSecret),
    sig: bytesToHex(schnorr.sign(linkDigest(primary), nostrSecret, random)),
  };
}

function linkDigest(primary: string): Uint8Array {
  return sha256(utf8ToBytes(`kez-chat/nostr-link/v1:${primary}`));
}
