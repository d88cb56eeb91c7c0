import { sha512 } from "@noble/hashes/sha2.js";
import { concatBytes, utf8ToBytes } from "./bytes.ts";
import { parsePrimary } from "./identity.ts";

const ITERATIONS = 5_199;

/**
 * The 60 digits by which two people check that nobody sits between them: the same on both sides.
 * (Specification page 1, "Safety number")
 *
 * @throws ProtocolError `invalid_primary`
 */
export function safetyNumber(a: string, b: string): string {
  return [fingerprint(a), fingerprint(b)].sort().join("");
}

function fingerprint(primary: string): string {
  const key = parsePrimary(primary);
  let hash = sha512(concatBytes(new Uint8Array(2), key, utf8ToBytes(primary)));
  for (let i = 0; i < ITERATIONS; i++) hash = sha512(concatBytes(hash, key));
  let digits = "";
  for (let at = 0; at < 30; at += 5) {
    const chunk = hash.subarray(at, at + 5).reduce((value, byte) => value * 256 + byte, 0);
    digits += String(chunk % 100_000).padStart(5, "0");
  }
  return digits;
}
