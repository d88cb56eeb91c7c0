import type { VerifyEd25519 } from "../../protocol/ed25519.ts";
import { Problem } from "../problems.ts";
import { provedPrimary, verifyAuthRequest } from "./auth_request.ts";
import { signAuthResponse, type Verdict } from "./auth_response.ts";
import type { NkeySigner } from "./nkeys.ts";

/** Decides who may connect to a nats-server. */
export interface Callout {
  /**
   * Answers the token of an authorization request with that of a response, which lets the client in or says why not.
   *
   * @throws Problem `malformed`, `bad_signature`, `forbidden`, `stale_timestamp`, `replayed` for a token that is no
   * good request
   */
  answer(token: string): Promise<string>;
}

export interface CalloutDeps {
  issuer: NkeySigner;
  /** The account of nats.conf that users are put into. */
  account: string;
  isRegistered(primary: string): Promise<boolean>;
  /** Remembers the nkey of a connection for at least 10 minutes. False where it was seen before. */
  useOnce(userNkey: string): Promise<boolean>;
  verifyEd25519: VerifyEd25519;
  nowMs(): number;
}

/** The auth callout of NATS for the handles of this server. (Specification page 8) */
export function createCallout(deps: CalloutDeps): Callout {
  const { issuer, account, useOnce, verifyEd25519, nowMs } = deps;
  return {
    async answer(token) {
      const request = await verifyAuthRequest(token, {
        issuer: issuer.publicKey,
        nowMs: nowMs(),
        verifyEd25519,
      });
      const verdict = await judge(await provedPrimary(request.client, verifyEd25519), deps);
      // A refusal may be repeated: it says the same, and strangers should not fill the storage.
      if ("primary" in verdict && !(await useOnce(request.userNkey))) {
        throw new Problem("replayed", "This request was answered before.");
      }
      return signAuthResponse(verdict, { request, issuer, account, nowMs: nowMs() });
    },
  };
}

async function judge(
  primary: string | null,
  { isRegistered }: Pick<CalloutDeps, "isRegistered">,
): Promise<Verdict> {
  if (primary === null) return { refusal: "the client has not proved that it holds its nkey" };
  return await isRegistered(primary) ? { primary } : { refusal: "the nkey has no handle here" };
}
