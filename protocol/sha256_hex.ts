import { bytesToHex, owned } from "./bytes.ts";

/** Hex SHA-256 by Web Crypto, for whole files: it does not hold up whoever waits. */
export async function sha256Hex(bytes: Uint8Array): Promise<string> {
  return bytesToHex(new Uint8Array(await crypto.subtle.digest("SHA-256", owned(bytes))));
}
