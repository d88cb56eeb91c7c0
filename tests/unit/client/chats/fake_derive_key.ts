import type { DeriveKey } from "../../../../client/session/argon2.ts";
import { concatBytes, owned, utf8ToBytes } from "../../../../protocol/bytes.ts";

/** As different passphrases have different keys; the real one takes a second. */
export const fakeDeriveKey: DeriveKey = async ({ passphrase, salt }) => {
  const named = owned(concatBytes(salt, utf8ToBytes(passphrase)));
  const key = new Uint8Array(await crypto.subtle.digest("SHA-256", named));
  return { key, elapsedMs: 1 };
};
