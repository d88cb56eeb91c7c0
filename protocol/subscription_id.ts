import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "./bytes.ts";

/** What a push subscription is called: hex SHA-256 of its endpoint. (Specification page 3, "Push") */
export function subscriptionId(endpoint: string): string {
  return bytesToHex(sha256(utf8ToBytes(endpoint)));
}
