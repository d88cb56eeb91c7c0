import assert from "node:assert/strict";
import { addrOf } from "../../protocol/addr.ts";
import type { Registration } from "../../protocol/registration.ts";
import type { Config } from "../../server/config.ts";
import type { ProblemCode } from "../../server/problems.ts";
import { readVectors } from "../unit/protocol/support.ts";
import { checkCase, testCases } from "./cases.ts";
import {
  type Account,
  makeAccount,
  openTestHttp,
  registrationOf,
  resigned,
  START_MS,
  type TestHttp,
} from "./support.ts";

const vectors = readVectors<{
  valid: Registration[];
  invalid: { document: Registration; why: ProblemCode }[];
}>("registration");

const [known] = vectors.valid as [Registration];

testCases("POST /v1/register", {
  cases: [
    ...vectors.valid.map((body, i) => ({
      name: `takes known registration ${i}`,
      method: "POST",
      path: "/v1/register",
      body,
      status: 201,
      answerHeaders: {
        "Location": "/v1/u/tudisco",
        "Content-Type": "application/json; charset=utf-8",
        "ETag": /^"[\w-]{22}"$/,
      },
      answer: {
        handle: "tudisco",
        fqhn: "tudisco@kez.lat",
        primary: known.payload.primary,
        addr: addrOf(known.payload.primary),
        nostr: body.payload.nostr?.pubkey ?? null,
        relays: ["wss://kez.lat/relay"],
        sigchain_url: `https://kez.lat/v1/sigchains/ed25519/${known.payload.primary.slice(8)}`,
        registered_at: "2026-05-25T03:00:00Z",
        registration: body,
      },
    })),
    ...vectors.invalid.map(({ document, why }) => ({
      name: `refuses the known ${why}`,
      method: "POST",
      path: "/v1/register",
      body: document,
      status: why === "bad_signature" ? 401 : 400,
      problem: why,
    })),
    {
      name: "ignores an invite where anybody may register, and does not publish it",
      method: "POST",
      path: "/v1/register",
      body: { ...known, invite: "any" },
      status: 201,
    },
    {
      name: "refuses an invite that is not a string",
      method: "POST",
      path: "/v1/register",
      body: { ...known, invite: 5 },
      status: 400,
      problem: "malformed",
    },
  ],
});

/** Makes a registration break one row of the check table. */
interface Fault {
  code: ProblemCode;
  status: number;
  config?: Partial<Config>;
  members?: (account: Account) => Record<string, unknown>;
  spoil?: (document: Registration) => void;
  prepare?: (http: TestHttp, account: Account) => Promise<unknown>;
}

const someoneElse = makeAccount();

/** In the order of the specification, page 3. */
const TABLE: Fault[] = [
  {
    code: "malformed",
    status: 400,
    spoil: (document) => Reflect.deleteProperty(document.signature, "alg"),
  },
  {
    code: "unsupported_document",
    status: 400,
    spoil: (document) => void (document.kez = "message"),
  },
  {
    code: "key_mismatch",
    status: 400,
    spoil: (document) => void (document.signature.key = someoneElse.primary),
  },
  {
    code: "bad_signature",
    status: 401,
    spoil: ({ signature }) =>
      void (signature.sig = (signature.sig[0] === "0" ? "1" : "0") + signature.sig.slice(1)),
  },
  { code: "wrong_server", status: 400, members: () => ({ server: "other.example" }) },
  { code: "invalid_handle", status: 400, members: () => ({ handle: "No Handle" }) },
  { code: "reserved_handle", status: 400, members: () => ({ handle: "postmaster" }) },
  {
    code: "reserved_handle",
    status: 400,
    // Nobody can keep back a handle that somebody has; storage may say so all the same.
    prepare: (http) => http.kv.set(["registry", "reserved", "alice"], { reservedAtMs: 0 }),
  },
  { code: "stale_timestamp", status: 400, members: () => ({ created_at: "2026-05-25T02:54:59Z" }) },
  {
    code: "bad_nostr_link",
    status: 400,
    members: () => ({ nostr: { pubkey: someoneElse.nostr, sig: "0".repeat(128) } }),
  },
  { code: "registration_closed", status: 403, config: { registration: "closed" } },
  { code: "invalid_invite", status: 403, config: { registration: "invite" } },
  {
    code: "handle_taken",
    status: 409,
    prepare: (http) => http.registry.register(registrationOf(makeAccount(), { handle: "alice" })),
  },
  {
    code: "primary_taken",
    status: 409,
    prepare: (http, account) =>
      http.registry.register(
        resigned(registrationOf(account, { handle: "alice-before" }), {
          account,
          members: { nostr: undefined },
        }),
      ),
  },
  {
    code: "nostr_taken",
    status: 409,
    prepare: (http, { nostrSecret }) =>
      http.registry.register(
        registrationOf({ ...makeAccount(), nostrSecret }, { handle: "npub-owner" }),
      ),
  },
];

async function checkFaults(faults: Fault[]): Promise<void> {
  const [first] = faults as [Fault];
  const account = makeAccount();
  const config = Object.assign({}, ...faults.map((fault) => fault.config ?? {}));
  await using http = await openTestHttp({ config });
  for (const { prepare } of faults.toReversed()) await prepare?.(http, account);
  // Of two faults in one member, the earlier row's is what is there.
  const members = Object.assign({}, ...faults.toReversed().map((f) => f.members?.(account) ?? {}));
  const document = resigned(registrationOf(account, { handle: "alice" }), { account, members });
  for (const { spoil } of faults) spoil?.(document);
  await checkCase(http, {
    name: first.code,
    method: "POST",
    path: "/v1/register",
    body: document,
    status: first.status,
    problem: first.code,
  });
}

for (const [row, fault] of TABLE.entries()) {
  Deno.test(`POST /v1/register answers ${fault.code}, whatever later row is broken too`, async () => {
    await checkFaults([fault]);
    // A server is closed or asks for invites, not both.
    const others = TABLE.slice(row + 1).filter(({ config }) => !config || !fault.config);
    for (const later of others) await checkFaults([fault, later]);
  });
}

Deno.test("a registration five minutes off is taken, a moment more is not", async () => {
  for (
    const [offsetMs, status] of [[-300_000, 201], [300_000, 201], [-300_001, 400], [300_001, 400]]
  ) {
    await using http = await openTestHttp();
    const body = registrationOf(makeAccount(), {
      handle: "alice",
      createdAtMs: START_MS + offsetMs!,
    });
    await checkCase(http, {
      name: "",
      method: "POST",
      path: "/v1/register",
      body,
      status: status!,
    });
  }
});

Deno.test("a stale registration is told the server's time", async () => {
  await using http = await openTestHttp();
  const body = registrationOf(makeAccount(), { handle: "alice", createdAtMs: START_MS - 600_000 });
  const problem = await checkCase(http, {
    name: "",
    method: "POST",
    path: "/v1/register",
    body,
    status: 400,
    problem: "stale_timestamp",
  }) as { server_time: string };
  assert.equal(problem.server_time, "2026-05-25T03:00:00.000Z");
});

Deno.test("the very same registration again is 200 with the same answer, a new one is taken", async () => {
  await using http = await openTestHttp();
  const account = makeAccount();
  const body = registrationOf(account, { handle: "alice" });
  const post = { name: "", method: "POST", path: "/v1/register" };
  const first = await checkCase(http, { ...post, body, status: 201 });
  http.clock.nowMs += 60_000;
  const again = { ...post, body: { ...body, invite: "other" }, status: 200 };
  assert.deepEqual(await checkCase(http, again), first);
  const newer = registrationOf(account, { handle: "alice", createdAtMs: START_MS + 1000 });
  await checkCase(http, { ...post, body: newer, status: 409, problem: "handle_taken" });
});

Deno.test("what the signature does not cover is not published", async () => {
  await using http = await openTestHttp();
  const body = registrationOf(makeAccount(), { handle: "alice" });
  const padded = { ...body, invite: "x", note: "<b>", signature: { ...body.signature, extra: 1 } };
  const answer = await checkCase(http, {
    name: "",
    method: "POST",
    path: "/v1/register",
    body: padded,
    status: 201,
  }) as { registration: unknown };
  assert.deepEqual(answer.registration, body);
});

Deno.test("unknown members of the payload are kept as they were signed", async () => {
  await using http = await openTestHttp();
  const account = makeAccount();
  const members = { later: { "ü": ["\u202Eabc", "🦊", 2 ** 53 - 1, null] }, __proto__: undefined };
  const body = resigned(registrationOf(account, { handle: "alice" }), { account, members });
  await checkCase(http, { name: "", method: "POST", path: "/v1/register", body, status: 201 });
  const answer = await checkCase(http, { name: "", path: "/v1/u/alice", status: 200 }) as {
    registration: unknown;
  };
  assert.deepEqual(answer.registration, body);
});
