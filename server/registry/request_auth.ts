import type { VerifyEd25519 } from "../../protocol/ed25519.ts";
import { type AuthorizedRequest, verifyRequestAuthorization } from "../../protocol/request_auth.ts";
import { Problem } from "../problems.ts";
import type { Nonces } from "./nonces.ts";

/** Tells who calls; `body` is the raw one, null where it is empty. */
export type Authenticate = (
  request: Request,
  body: Uint8Array | null,
) => Promise<AuthorizedRequest>;

/**
 * Request authentication with one use of a nonce. (Specification page 1)
 *
 * @returns a function that throws ProtocolError `unauthorized` or Problem `replayed`
 */
export function createAuthenticate(
  { server, nonces, verifyEd25519, nowMs }: {
    server: string;
    nonces: Nonces;
    verifyEd25519: VerifyEd25519;
    nowMs: () => number;
  },
): Authenticate {
  return async (request, body) => {
    const { pathname, search } = new URL(request.url);
    const caller = await verifyRequestAuthorization(request.headers.get("Authorization"), {
      request: { server, method: request.method, path: pathname + search, body },
      nowMs: nowMs(),
      verifyEd25519,
    });
    if (!(await nonces.use(caller.primary, caller.nonce))) {
      throw new Problem(
        "replayed",
        "This request was made before. Sign it again with a new nonce.",
      );
    }
    return caller;
  };
}
