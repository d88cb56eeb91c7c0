import * as v from "valibot";
import { bytesToHex, decodeBase64url, utf8ToBytes } from "../../protocol/bytes.ts";
import type { VerifyEd25519 } from "../../protocol/ed25519.ts";
import { isPrimary } from "../../protocol/identity.ts";
import { Problem } from "../problems.ts";
import { parseJwt } from "./jwt.ts";
import { decodeNkey } from "./nkeys.ts";

/** A nats-server asks who may connect. */
export interface AuthRequest {
  /** The nkey of the server that asks, and that the answer is for. */
  serverId: string;
  /** The nkey, drawn for this one connection, that the answer names it by. */
  userNkey: string;
  /** As the client sent them, with nothing verified; empty where it sent none. */
  client: { nkey: string; signature: string; nonce: string };
}

/** What nats-server puts into `aud`. */
const AUDIENCE = "nats-authorization-request";
/** It asks for as long as its `auth_timeout`, seconds; answered requests are remembered for longer than this. */
const MAX_LIFETIME_S = 600;

const short = v.pipe(v.string(), v.maxLength(1024));
const Shape = v.looseObject({
  iss: short,
  sub: short,
  aud: short,
  exp: v.pipe(v.number(), v.safeInteger()),
  nats: v.looseObject({
    type: v.literal("authorization_request"),
    user_nkey: short,
    server_id: v.looseObject({ id: short }),
    client_info: v.looseObject({ nonce: v.optional(short, "") }),
    connect_opts: v.looseObject({ nkey: v.optional(short, ""), sig: v.optional(short, "") }),
  }),
});

/**
 * Reads and verifies the token of a request: signed by the server that it names, for this issuer, not expired.
 * (Specification page 8)
 *
 * @param issuer public key of the account key that answers are signed with
 * @throws Problem `malformed`, `forbidden`, `stale_timestamp`, `bad_signature`, looked for in this order: what costs
 * least comes first, so that requests which came too late cost little
 */
export async function verifyAuthRequest(
  token: string,
  { issuer, nowMs, verifyEd25519 }: {
    issuer: string;
    nowMs: number;
    verifyEd25519: VerifyEd25519;
  },
): Promise<AuthRequest> {
  const jwt = parseJwt(token);
  const parsed = jwt && v.safeParse(Shape, jwt.claims);
  if (!jwt || !parsed?.success) throw malformed("an authorization request");
  const { iss, sub, aud, exp, nats } = parsed.output;
  const serverKey = decodeNkey("server", iss);
  if (!serverKey || !decodeNkey("user", nats.user_nkey)) throw malformed("of a NATS server");
  // Before 2.11 the subject is the one that requests are published to.
  const isForOther = decodeNkey("account", sub) !== null && sub !== issuer;
  if (aud !== AUDIENCE || nats.server_id.id !== iss || isForOther) {
    throw new Problem("forbidden", "The token is for another service, issuer or server.");
  }
  const leftMs = exp * 1000 - nowMs;
  if (leftMs <= 0 || leftMs > MAX_LIFETIME_S * 1000) {
    throw new Problem("stale_timestamp", "The token has expired, or holds for too long.", {
      members: { server_time: new Date(nowMs).toISOString() },
    });
  }
  const { signed: message, signature } = jwt;
  const check = { publicKey: serverKey, message, signature };
  if (!isGoodKey(serverKey) || !(await verifyEd25519(check))) {
    throw new Problem("bad_signature", "The token is not signed by the server that it names.", {
      headers: { "WWW-Authenticate": "Bearer" },
    });
  }
  const { nkey, sig: clientSignature } = nats.connect_opts;
  const client = { nkey, signature: clientSignature, nonce: nats.client_info.nonce };
  return { serverId: iss, userNkey: nats.user_nkey, client };
}

/**
 * The primary whose secret the client has proved to hold, by signing the nonce that the server drew for its connection;
 * null where it has not.
 */
export async function provedPrimary(
  { nkey, signature, nonce }: AuthRequest["client"],
  verifyEd25519: VerifyEd25519,
): Promise<string | null> {
  const publicKey = decodeNkey("user", nkey);
  const signatureBytes = decodeSignature(signature);
  if (!publicKey || !signatureBytes || nonce === "" || !isGoodKey(publicKey)) return null;
  const message = utf8ToBytes(nonce);
  const isProved = await verifyEd25519({ publicKey, message, signature: signatureBytes });
  return isProved ? primaryOfKey(publicKey) : null;
}

/** Clients send base64url; older ones base64, which nats-server takes too. */
function decodeSignature(text: string): Uint8Array | null {
  return decodeBase64url(text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, ""));
}

/** Over keys of small order, signatures prove nothing. */
function isGoodKey(publicKey: Uint8Array): boolean {
  return isPrimary(primaryOfKey(publicKey));
}

function primaryOfKey(publicKey: Uint8Array): string {
  return `ed25519:${bytesToHex(publicKey)}`;
}

function malformed(what: string): Problem {
  return new Problem("malformed", `The token is not ${what}.`);
}
