import { signJwt } from "./jwt.ts";
import type { NkeySigner } from "./nkeys.ts";
import type { AuthRequest } from "./auth_request.ts";

/** Who may connect, or why not. */
export type Verdict = { primary: string } | { refusal: string };

/** A connection is ended after this long, and let in again where its handle is still there. */
const CONNECTION_LIFETIME_S = 3600;
const UNLIMITED = -1;

/**
 * The signed answer to a request. Who is let in may subscribe to its own inbox and publish to everybody's, over TCP and
 * WebSocket, and nothing else. (Specification page 8)
 *
 * @param account the account of nats.conf that users are put into
 */
export function signAuthResponse(
  verdict: Verdict,
  { request, issuer, account, nowMs }: {
    request: Pick<AuthRequest, "serverId" | "userNkey">;
    issuer: NkeySigner;
    account: string;
    nowMs: number;
  },
): string {
  const iat = Math.floor(nowMs / 1000);
  const user = { sub: request.userNkey, iat };
  const answer = "refusal" in verdict ? { error: verdict.refusal } : {
    jwt: signJwt({
      ...user,
      aud: account,
      exp: iat + CONNECTION_LIFETIME_S,
      nats: permissionsOf(verdict.primary),
    }, issuer),
  };
  const nats = { ...answer, type: "authorization_response", version: 2 };
  return signJwt({ ...user, aud: request.serverId, nats }, issuer);
}

function permissionsOf(primary: string): Record<string, unknown> {
  const hex = primary.slice("ed25519:".length);
  return {
    pub: { allow: ["kez.inbox.*.>"] },
    sub: { allow: [`kez.inbox.${hex}.>`] },
    allowed_connection_types: ["STANDARD", "WEBSOCKET"],
    subs: UNLIMITED,
    data: UNLIMITED,
    payload: UNLIMITED,
    type: "user",
    version: 2,
  };
}
