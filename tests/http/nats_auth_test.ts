import assert from "node:assert/strict";
import { utf8ToBytes } from "../../protocol/bytes.ts";
import { createCallout } from "../../server/nats/callout.ts";
import { parseJwt } from "../../server/nats/jwt.ts";
import { decodeNkey, encodeNkey } from "../../server/nats/nkeys.ts";
import { isRegisteredIn } from "../../server/registry/registry.ts";
import { verifyEd25519 } from "../../server/verify_ed25519.ts";
import { authRequest, nkeyOf, type RequestChanges } from "../support/nats_request.ts";
import { checkCase, type HttpCase } from "./cases.ts";
import { type Account, makeAccount, openTestHttp, START_MS, type TestHttp } from "./support.ts";

const SECRET = "0123456789abcdef0123456789abcdef";
const ISSUER = nkeyOf("account", 9);
const SERVER_ID = nkeyOf("server", 1).publicKey;
const USER_NKEY = nkeyOf("user", 2).publicKey;
const HEADERS = { "Authorization": `Bearer ${SECRET}`, "Content-Type": "application/jwt" };
const CALL = {
  method: "POST",
  path: "/internal/nats/auth",
  headers: HEADERS,
  peer: "127.0.0.1",
} as const;

/** The HTTP side with NATS configured, and alice registered. */
async function open(): Promise<{ http: TestHttp; alice: Account }> {
  const deps = { natsCallout: null as TestHttp["deps"]["natsCallout"] };
  const config = { trustedProxies: ["127.0.0.0/8", "10.1.0.0/16"] };
  let http: TestHttp | null = null;
  const callout = createCallout({
    issuer: ISSUER,
    account: "KEZ",
    isRegistered: (primary) => isRegisteredIn(http!.registry)(primary),
    useOnce: (userNkey) => http!.registry.nonces.use("nats", userNkey),
    verifyEd25519,
    nowMs: () => http!.clock.nowMs,
  });
  deps.natsCallout = { callout, secret: SECRET };
  http = await openTestHttp({ config, deps });
  const alice = makeAccount();
  await http.register(alice, "alice");
  return { http, alice };
}

function ask(account: Account, change: RequestChanges = {}): string {
  return authRequest(account.identitySecret, {
    nowMs: START_MS,
    issuer: ISSUER.publicKey,
    change,
  });
}

/** What the tests look at in the tokens that the server signs. */
interface Claims {
  sub: string;
  aud: string;
  iat: number;
  jti: string;
  nats: { jwt?: string; error?: string } & Record<string, unknown>;
}

/** The claims of a token, after its signature was checked with the key of its issuer. */
function claimsOf(token: string): Claims {
  const { claims, signed, signature } = parseJwt(token)!;
  const { iss } = claims as { iss: string };
  assert.equal(iss, ISSUER.publicKey);
  const publicKey = decodeNkey("account", iss)!;
  assert.ok(verifyEd25519({ publicKey, message: signed, signature }));
  return claims as Claims;
}

async function answerOf(http: TestHttp, token: string) {
  const body = await checkCase(http, {
    ...CALL,
    name: "a good request",
    body: token,
    status: 200,
    answerHeaders: { "Content-Type": "application/jwt", "Cache-Control": "no-store" },
  });
  return claimsOf(String(body));
}

Deno.test("who holds a handle's key may read the own inbox and write to everybody's, for an hour, and nothing else", async () => {
  const { http, alice } = await open();
  await using _ = http;
  const { sub, aud, iat, nats } = await answerOf(http, ask(alice));
  assert.deepEqual({ sub, aud, iat }, { sub: USER_NKEY, aud: SERVER_ID, iat: START_MS / 1000 });
  const { jwt, ...rest } = nats;
  assert.deepEqual(rest, { type: "authorization_response", version: 2 });
  const user = claimsOf(jwt!);
  const hex = alice.primary.slice("ed25519:".length);
  assert.match(user.jti, /^[\w-]{43}$/);
  assert.deepEqual({ ...user, jti: null }, {
    sub: USER_NKEY,
    aud: "KEZ",
    iss: ISSUER.publicKey,
    iat: START_MS / 1000,
    exp: START_MS / 1000 + 3600,
    jti: null,
    nats: {
      pub: { allow: ["kez.inbox.*.>"] },
      sub: { allow: [`kez.inbox.${hex}.>`] },
      allowed_connection_types: ["STANDARD", "WEBSOCKET"],
      subs: -1,
      data: -1,
      payload: -1,
      type: "user",
      version: 2,
    },
  });
});

Deno.test("before 2.11 the subject of a request is the one that it is published to", async () => {
  const { http, alice } = await open();
  await using _ = http;
  const { nats } = await answerOf(http, ask(alice, { claims: { sub: "$SYS.REQ.USER.AUTH" } }));
  assert.ok(nats.jwt);
});

Deno.test("a signature in padded base64 is taken, as older clients send it", async () => {
  const { http, alice } = await open();
  await using _ = http;
  const { nats } = parseJwt(ask(alice))!.claims as {
    nats: { connect_opts: { sig: string } };
  };
  const sig = Buffer.from(nats.connect_opts.sig, "base64url").toString("base64");
  const answer = await answerOf(http, ask(alice, { connectOpts: { sig } }));
  assert.ok(answer.nats.jwt);
});

const mallory = makeAccount();
const UNPROVED = "the client has not proved that it holds its nkey";
/** The identity point: over it, signatures of nothing verify. */
const SMALL_ORDER = encodeNkey("user", Uint8Array.from({ length: 32 }, (_, i) => i === 0 ? 1 : 0));

/** Clients that are not let in. The answer is a good one, and says why. */
const REFUSED: Array<[name: string, token: (alice: Account) => string, reason: string]> = [
  ["an nkey that has no handle", () => ask(mallory), "the nkey has no handle here"],
  [
    "somebody else's nkey with the own signature",
    (alice) =>
      ask(mallory, {
        connectOpts: { nkey: encodeNkey("user", Buffer.from(alice.primary.slice(8), "hex")) },
      }),
    UNPROVED,
  ],
  [
    "somebody else's nkey without a signature",
    (alice) => ask(alice, { connectOpts: { sig: undefined } }),
    UNPROVED,
  ],
  [
    "a signature that was made for another connection",
    (alice) => ask(alice, { signedNonce: "of another connection" }),
    UNPROVED,
  ],
  [
    "a signature over no nonce",
    (alice) => ask(alice, { signedNonce: "", nats: { client_info: {} } }),
    UNPROVED,
  ],
  [
    "a name and a password",
    (alice) =>
      ask(alice, { connectOpts: { nkey: undefined, sig: undefined, user: "a", pass: "b" } }),
    UNPROVED,
  ],
  [
    "an nkey that is no user's",
    (alice) => ask(alice, { connectOpts: { nkey: nkeyOf("account", 3).publicKey } }),
    UNPROVED,
  ],
  [
    "an nkey of small order",
    (alice) =>
      ask(alice, {
        connectOpts: {
          nkey: SMALL_ORDER,
          sig: Buffer.from(Uint8Array.from({ length: 64 }, (_, i) => i === 0 ? 1 : 0))
            .toString("base64url"),
        },
      }),
    UNPROVED,
  ],
];

for (const [name, token, reason] of REFUSED) {
  Deno.test(`a client is not let in: ${name}`, async () => {
    const { http, alice } = await open();
    await using _ = http;
    const { sub, aud, nats } = await answerOf(http, token(alice));
    assert.deepEqual({ sub, aud }, { sub: USER_NKEY, aud: SERVER_ID });
    assert.deepEqual(nats, { error: reason, type: "authorization_response", version: 2 });
  });
}

Deno.test("a handle that was released opens nothing any more", async () => {
  const { http, alice } = await open();
  await using _ = http;
  const by = { primary: alice.primary, nonce: "0".repeat(32), createdAtMs: START_MS };
  await http.registry.release("alice", by);
  const { nats } = await answerOf(http, ask(alice));
  assert.equal(nats.error, "the nkey has no handle here");
});

Deno.test("a request is answered once, after a refusal again", async () => {
  const { http, alice } = await open();
  await using _ = http;
  const good = ask(alice);
  await answerOf(http, good);
  const replay = { ...CALL, name: "", status: 409, problem: "replayed" } as const;
  await checkCase(http, { ...replay, body: good });
  // Another token for the same connection is none of another one.
  await checkCase(http, { ...replay, body: ask(alice, { claims: { iat: 1 } }) });
  await answerOf(http, ask(mallory));
  await answerOf(http, ask(mallory));
});

const claims = (changed: Record<string, unknown>) => (alice: Account) =>
  ask(alice, { claims: changed });
const malformed = { status: 400, problem: "malformed" } as const;
const forbidden = { status: 403, problem: "forbidden" } as const;
const stale = { status: 400, problem: "stale_timestamp" } as const;
const badSignature = { status: 401, problem: "bad_signature" } as const;

/** Tokens that no good nats-server sends. */
const BAD_TOKENS: Array<
  [name: string, token: (alice: Account) => string, Pick<HttpCase, "status" | "problem">]
> = [
  ["expired a moment ago", claims({ exp: START_MS / 1000 }), stale],
  ["good for more than ten minutes", claims({ exp: START_MS / 1000 + 601 }), stale],
  ["without an end", claims({ exp: undefined }), malformed],
  ["another audience", claims({ aud: "nats-authorization-response" }), forbidden],
  ["no audience", claims({ aud: undefined }), malformed],
  ["for another issuer", claims({ sub: nkeyOf("account", 8).publicKey }), forbidden],
  [
    "from another server than it names",
    (alice) => ask(alice, { nats: { server_id: { id: nkeyOf("server", 5).publicKey } } }),
    forbidden,
  ],
  [
    "signed by an account",
    (alice) =>
      authRequest(alice.identitySecret, {
        nowMs: START_MS,
        issuer: ISSUER.publicKey,
        server: ISSUER,
      }),
    malformed,
  ],
  ["of another type", (alice) => ask(alice, { nats: { type: "user" } }), malformed],
  [
    "for a user that is none",
    (alice) => ask(alice, { nats: { user_nkey: SERVER_ID } }),
    malformed,
  ],
  ["changed after it was signed", (alice) => tampered(ask(alice), 1), badSignature],
  ["with another signature", (alice) => tampered(ask(alice), 2), badSignature],
  ["not signed", (alice) => `${ask(alice).split(".", 2).join(".")}.`, badSignature],
  [
    "of an algorithm that signs nothing",
    (alice) => [encoded({ typ: "JWT", alg: "none" }), ...ask(alice).split(".").slice(1)].join("."),
    malformed,
  ],
  ["two parts", (alice) => ask(alice).split(".", 2).join("."), malformed],
  ["no token at all", () => "x", malformed],
  ["nothing", () => "", malformed],
  ["not JSON", () => `${encoded({ typ: "JWT", alg: "ed25519-nkey" })}.eA.eA`, malformed],
];

function encoded(value: unknown): string {
  return Buffer.from(utf8ToBytes(JSON.stringify(value))).toString("base64url");
}

/** Another audience in the claims (part 1), or another bit in the signature (part 2). */
function tampered(token: string, part: 1 | 2): string {
  const parts = token.split(".");
  const bytes = Buffer.from(parts[part]!, "base64url");
  if (part === 2) bytes[0]! ^= 1;
  const changed = part === 2 ? bytes : Buffer.from(bytes.toString().replace("127.0.0.1", "::1"));
  return parts.with(part, changed.toString("base64url")).join(".");
}

for (const [name, token, expected] of BAD_TOKENS) {
  Deno.test(`a token is not answered: ${name}`, async () => {
    const { http, alice } = await open();
    await using _ = http;
    await checkCase(http, { ...CALL, name, body: token(alice), ...expected });
  });
}

const forwarded = (by: string) => ({ ...HEADERS, "X-Forwarded-For": by });
const unauthorized = {
  status: 401,
  problem: "unauthorized",
  answerHeaders: { "WWW-Authenticate": "Bearer" },
} as const;

/** Everything that is wrong about the request around a good token, or right. */
const CALLS: Array<Partial<HttpCase> & { name: string; status: number }> = [
  { name: "from a trusted proxy for itself", peer: "10.1.2.3", status: 200 },
  { name: "from ::1", peer: "::1", status: 200 },
  { name: "over proxies alone", headers: forwarded("10.1.2.3, 127.0.0.2"), status: 200 },
  { name: "from elsewhere", peer: "198.51.100.7", ...forbidden },
  { name: "through a proxy", headers: forwarded("198.51.100.7"), ...forbidden },
  {
    name: "through a proxy, with more in front",
    headers: forwarded("127.0.0.1, 198.51.100.7"),
    ...forbidden,
  },
  { name: "through a proxy that hides for whom", headers: forwarded("unknown"), ...forbidden },
  { name: "without a secret", headers: { "Content-Type": "application/jwt" }, ...unauthorized },
  {
    name: "with another secret",
    headers: { ...HEADERS, Authorization: `Bearer ${SECRET}0` },
    ...unauthorized,
  },
  {
    name: "with the secret by another scheme",
    headers: { ...HEADERS, Authorization: `Basic ${SECRET}` },
    ...unauthorized,
  },
  { name: "as JSON", headers: { ...HEADERS, "Content-Type": "application/json" }, ...malformed },
  {
    name: "with parameters of the media type",
    headers: { ...HEADERS, "Content-Type": "Application/JWT; charset=utf-8" },
    status: 200,
  },
  {
    name: "by GET",
    method: "GET",
    status: 405,
    problem: "method_not_allowed",
    answerHeaders: { Allow: "POST" },
  },
];

for (const call of CALLS) {
  Deno.test(`a callout over HTTP ${call.name} is answered with ${call.status}`, async () => {
    const { http, alice } = await open();
    await using _ = http;
    const body = call.method === "GET" ? undefined : ask(alice);
    await checkCase(http, { ...CALL, body, ...call });
  });
}

Deno.test("a token of more than 64 KiB is too large", async () => {
  const { http } = await open();
  await using _ = http;
  const body = "e".repeat(65_537);
  await checkCase(http, { ...CALL, name: "", body, status: 413, problem: "too_large" });
});

Deno.test("where NATS is not configured, everybody is told so", async () => {
  await using http = await openTestHttp();
  for (const peer of ["127.0.0.1", "198.51.100.7"]) {
    const refused = { status: 501, problem: "not_implemented" } as const;
    await checkCase(http, { ...CALL, name: "", peer, body: ask(mallory), ...refused });
  }
});
