import { utf8ToBytes } from "../../protocol/bytes.ts";
import { signJwt } from "../../server/nats/jwt.ts";
import { createNkeySigner, type NkeySigner } from "../../server/nats/nkeys.ts";

/** An nkey of its own for each byte. */
export function nkeyOf(kind: "server" | "account" | "user", byte: number): NkeySigner {
  return createNkeySigner(kind, new Uint8Array(32).fill(byte));
}

/** How a request differs from a good one. */
export interface RequestChanges {
  /** Members of the claims. */
  claims?: Record<string, unknown>;
  /** Members of `nats`. */
  nats?: Record<string, unknown>;
  connectOpts?: Record<string, unknown>;
  /** What the client signs; else the nonce. */
  signedNonce?: string;
}

const NONCE = "b7MuLxtTW5Yc5Dw";

/** The token by which a stand-in of nats-server asks whether the holder of an identity secret may connect. */
export function authRequest(
  identitySecret: Uint8Array,
  { nowMs, issuer, server = nkeyOf("server", 1), userNkey = nkeyOf("user", 2).publicKey, change }: {
    nowMs: number;
    /** The public key that `sub` names. */
    issuer: string;
    server?: NkeySigner;
    userNkey?: string;
    change?: RequestChanges;
  },
): string {
  const { claims = {}, nats = {}, connectOpts = {}, signedNonce = NONCE } = change ?? {};
  const client = createNkeySigner("user", identitySecret);
  const nowS = Math.floor(nowMs / 1000);
  return signJwt({
    aud: "nats-authorization-request",
    exp: nowS + 2,
    iat: nowS,
    sub: issuer,
    nats: {
      server_id: { name: "n1", host: "0.0.0.0", id: server.publicKey, version: "2.12.1" },
      user_nkey: userNkey,
      client_info: {
        host: "127.0.0.1",
        id: 7,
        user: client.publicKey,
        kind: "Client",
        type: "nats",
        nonce: NONCE,
      },
      connect_opts: {
        nkey: client.publicKey,
        sig: Buffer.from(client.sign(utf8ToBytes(signedNonce))).toString("base64url"),
        lang: "go",
        version: "1.47.0",
        protocol: 1,
        ...connectOpts,
      },
      type: "authorization_request",
      version: 2,
      ...nats,
    },
    ...claims,
  }, server);
}
