/** A little over the 10 minutes that a request can be valid, so that expiry cannot come first. */
const REMEMBERED_MS = 11 * 60 * 1000;

/** Remembers the nonces of authorized requests. */
export interface Nonces {
  /** Remembers a nonce (32 hex) of a primary, in one atomic step. False where it was used before. */
  use(primary: string, nonce: string): Promise<boolean>;
}

/** Nonces in KV: `["nonce", primary, nonce]` → true, forgotten after 11 minutes. (Specification page 1) */
export function createNonces(kv: Deno.Kv): Nonces {
  return {
    async use(primary, nonce) {
      const key = ["nonce", primary, nonce];
      const commit = kv.atomic().check({ key, versionstamp: null })
        .set(key, true, { expireIn: REMEMBERED_MS });
      return (await commit.commit()).ok;
    },
  };
}
