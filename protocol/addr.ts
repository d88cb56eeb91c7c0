import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, concatBytes, utf8ToBytes } from "./bytes.ts";
import { parsePrimary } from "./identity.ts";

const CONTEXT = utf8ToBytes("kez-chat/addr/v1");

/**
 * The routing tag of a primary: 64 hex, hex(SHA-256(context ‖ public key)). (Specification page 1)
 *
 * @throws ProtocolError `invalid_primary`
 */
export function addrOf(primary: string): string {
  return bytesToHex(sha256(concatBytes(CONTEXT, parsePrimary(primary))));
}
