import assert from "node:assert/strict";
import { pinOf, type Sigchain } from "../../protocol/sigchain.ts";
import { entryHash, type SigchainEntry, signSigchainEntry } from "../../protocol/sigchain_entry.ts";
import { createSigchains } from "../../server/sigchains/sigchains.ts";
import { checkCase, type HttpCase, testCases } from "./cases.ts";
import { type Account, authorization, makeAccount, openTestHttp, START_MS } from "./support.ts";

const alice = makeAccount();
const bob = makeAccount();
const pathOf = ({ primary }: Account) => `/v1/sigchains/${primary.replace(":", "/")}`;
const path = pathOf(alice);

function signed(
  { seq, prev, op = "x.y", body = {}, createdAtMs = START_MS, by = alice }: {
    seq: number;
    prev: string | null;
    op?: string;
    body?: Record<string, unknown>;
    createdAtMs?: number;
    by?: Account;
  },
): SigchainEntry {
  const { identitySecret } = by;
  return signSigchainEntry({ op, body }, { seq, prev, createdAtMs, identitySecret });
}

const genesis = signed({ seq: 0, prev: null, op: "genesis", body: { handle: "alice@kez.lat" } });
const first = entryHash(genesis);
const addClaim = { op: "claim.add", body: { service: "dns", subject: "a.b", proof_url: null } };
const claim = signed({ seq: 1, prev: first, ...addClaim });
const post = (body: unknown, status = 201): HttpCase => ({
  name: "",
  method: "POST",
  path,
  body,
  status,
});

type TestHttp = Awaited<ReturnType<typeof openTestHttp>>;

async function withChain(http: TestHttp): Promise<void> {
  await http.register(alice, "alice");
  for (const entry of [genesis, claim]) await checkCase(http, post(entry));
}

const head = entryHash(claim);
const next = { seq: 2, prev: head };
const refused = { method: "POST", path, status: 400 } as const;
const cors = { "Access-Control-Allow-Origin": "*" };

testCases("POST /v1/sigchains", {
  prepare: withChain,
  cases: [
    {
      name: "appends an entry",
      method: "POST",
      path,
      body: signed(next),
      status: 201,
      answerHeaders: cors,
      answer: { seq: 2, hash: entryHash(signed(next)) },
    },
    ...[
      ["that is there already", claim],
      ["of a number that is taken", signed({ ...next, seq: 1, prev: first })],
      ["that links to another head", signed({ ...next, prev: first })],
      ["that leaves a number out", signed({ ...next, seq: 3 })],
    ].map(([name, body]): HttpCase => ({
      name: `refuses an entry ${name}, and tells the end`,
      method: "POST",
      path,
      body,
      status: 409,
      problem: "fork",
    })),
    { name: "refuses an empty body", ...refused, problem: "malformed" },
    { name: "refuses what is no JSON", ...refused, body: "{", problem: "malformed" },
    {
      name: "refuses unsigned members",
      ...refused,
      body: { ...signed(next), more: 1 },
      problem: "malformed",
    },
    {
      name: "refuses another's entry",
      ...refused,
      body: signed({ ...next, by: bob }),
      problem: "key_mismatch",
    },
    {
      name: "refuses a bad signature",
      ...refused,
      body: { ...signed(next), signature: claim.signature },
      status: 401,
      problem: "bad_signature",
    },
    {
      name: "refuses a time that is over 5 minutes ahead",
      ...refused,
      body: signed({ ...next, createdAtMs: START_MS + 300_001 }),
      problem: "stale_timestamp",
    },
    {
      name: "takes a time that is 5 minutes ahead",
      ...refused,
      body: signed({ ...next, createdAtMs: START_MS + 300_000 }),
      status: 201,
    },
    {
      name: "refuses a time before the last entry's",
      ...refused,
      body: signed({ ...next, createdAtMs: START_MS - 1 }),
      problem: "invalid_entry",
    },
    {
      name: "refuses a claim that is live",
      ...refused,
      body: signed({ ...next, ...addClaim }),
      problem: "invalid_entry",
    },
    {
      name: "refuses to revoke what was never added",
      ...refused,
      body: signed({ ...next, op: "claim.revoke", body: { entry: first } }),
      problem: "invalid_entry",
    },
    {
      name: "refuses a nostr key that did not sign",
      ...refused,
      body: signed({
        ...next,
        op: "nostr.link",
        body: { pubkey: alice.nostr, sig: "0".repeat(128) },
      }),
      problem: "bad_nostr_link",
    },
    {
      name: "refuses an entry of over 8 KiB",
      ...refused,
      body: signed({ ...next, body: { more: "x".repeat(8_192) } }),
      status: 413,
      problem: "too_large",
    },
    {
      name: "refuses a body of over 64 KiB",
      ...refused,
      body: "x".repeat(65_537),
      status: 413,
      problem: "too_large",
    },
    {
      name: "refuses who has no handle here",
      ...refused,
      path: pathOf(bob),
      body: signed({ seq: 0, prev: null, op: "genesis", body: { handle: null }, by: bob }),
      status: 403,
      problem: "not_registered",
    },
    {
      name: "refuses a bad signature of one who has no handle, as such",
      ...refused,
      path: pathOf(bob),
      body: {
        ...signed({ ...next, by: bob }),
        signature: { ...claim.signature, key: bob.primary },
      },
      status: 401,
      problem: "bad_signature",
    },
  ],
});

testCases("GET /v1/sigchains", {
  prepare: withChain,
  cases: [
    {
      name: "gives the whole chain",
      path,
      status: 200,
      answerHeaders: { ...cors, "Cache-Control": "no-cache", ETag: /^".+"$/ },
      answer: { primary: alice.primary, length: 2, head, entries: [genesis, claim] },
    },
    ...([[0, [genesis, claim]], [1, [claim]], [2, []], [999, []]] as const).map(
      ([since, entries]): HttpCase => ({
        name: `gives the entries from ${since} on`,
        path: `${path}?since=${since}`,
        status: 200,
        answer: { primary: alice.primary, length: 2, head, entries },
      }),
    ),
    {
      name: "gives an empty chain where there is none",
      path: pathOf(bob),
      status: 200,
      answer: { primary: bob.primary, length: 0, head: null, entries: [] },
    },
    ...["?since=-1", "?since=x", "?since=", "?since=1&since=2", "?since=1e3"].map(
      (query): HttpCase => ({
        name: `refuses ${query}`,
        path: path + query,
        status: 400,
        problem: "malformed",
      }),
    ),
    ...["00", "0".repeat(64), alice.primary.slice(8).toUpperCase()].map((hex): HttpCase => ({
      name: `knows no identity ${hex}`,
      path: `/v1/sigchains/ed25519/${hex}`,
      status: 404,
      problem: "not_found",
    })),
  ],
});

Deno.test("a fork is answered with the length and head of the chain", async () => {
  await using http = await openTestHttp();
  await withChain(http);
  const fork = await checkCase(http, post(claim, 409)) as { length: number; head: string };
  assert.deepEqual([fork.length, fork.head], [2, head]);
});

Deno.test("a chain that has not changed is not sent again", async () => {
  await using http = await openTestHttp();
  await withChain(http);
  const etag = (await http.fetch(path)).headers.get("ETag")!;
  const headers = { "If-None-Match": etag };
  await checkCase(http, { name: "", path, headers, status: 304 });
  await checkCase(http, post(signed(next)));
  await checkCase(http, { name: "", path, headers, status: 200 });
});

Deno.test("of fifty simultaneous appends one wins each round, and none is lost or forked", async () => {
  await using http = await openTestHttp();
  await http.register(alice, "alice");
  await checkCase(http, post(genesis));
  const hashes = [first];
  for (let seq = 1; seq <= 5; seq++) {
    const prev = hashes.at(-1)!;
    const rivals = Array.from({ length: 50 }, (_, n) => signed({ seq, prev, body: { n } }));
    const answers = await Promise.all(rivals.map(async (entry) => {
      const response = await http.fetch(path, { method: "POST", body: JSON.stringify(entry) });
      return { status: response.status, body: await response.json() };
    }));
    const won = answers.filter(({ status }) => status === 201);
    assert.equal(won.length, 1);
    hashes.push(won[0]!.body.hash);
    for (const { status, body } of answers) {
      if (status === 201) continue;
      assert.deepEqual([status, body.code, body.length, body.head], [
        409,
        "fork",
        seq + 1,
        hashes.at(-1),
      ]);
    }
  }
  const chain = await checkCase(http, { name: "", path, status: 200 }) as {
    entries: SigchainEntry[];
  };
  const stored: Pick<Sigchain, "hashes"> = { hashes: chain.entries.map(entryHash) };
  assert.deepEqual(stored.hashes, hashes);
  assert.equal(pinOf(stored).length, 6);
});

Deno.test("two processes on one storage check each other's entries", async () => {
  await using http = await openTestHttp();
  await withChain(http);
  const other = createSigchains({
    kv: http.kv,
    isRegistered: () => Promise.resolve(true),
    nowMs: () => START_MS,
  });
  const revoked = signed({ ...next, op: "claim.revoke", body: { entry: head } });
  const { hash } = await other.append(revoked);
  const again = signed({ seq: 3, prev: hash, ...addClaim });
  await checkCase(http, post(again));
});

Deno.test("a chain ends at a thousand entries, and is read in pages", async () => {
  await using http = await openTestHttp();
  await http.register(alice, "alice");
  const { sigchains } = http.deps;
  let prev: string | null = null;
  for (let seq = 0; seq < 1000; seq++) {
    const entry: SigchainEntry = seq === 0
      ? genesis
      : signed({ seq, prev, body: { more: "x".repeat(seq < 400 ? 4_000 : 10) } });
    prev = (await sigchains.append(entry)).hash;
  }
  const full = await checkCase(http, post(signed({ seq: 1000, prev }), 409)) as { code: string };
  assert.equal(full.code, "chain_full");
  const entries: SigchainEntry[] = [];
  let pages = 0;
  while (entries.length < 1000) {
    const page = await sigchains.read(alice.primary, entries.length);
    assert.deepEqual([page.length, page.head], [1000, prev]);
    entries.push(...page.entries);
    pages++;
  }
  assert.ok(pages > 1);
  assert.deepEqual(entries.map(({ payload }) => payload.seq), entries.map((_, i) => i));
});

Deno.test("who has given up the handle appends no more; the chain stays, and goes on with the handle", async () => {
  await using http = await openTestHttp();
  await withChain(http);
  const handlePath = "/v1/u/alice";
  const headers = { Authorization: authorization(alice, { method: "DELETE", path: handlePath }) };
  await checkCase(http, { name: "", method: "DELETE", path: handlePath, headers, status: 204 });
  await checkCase(http, { ...post(signed(next), 403), problem: "not_registered" });
  const chain = await checkCase(http, { name: "", path, status: 200 }) as { length: number };
  assert.equal(chain.length, 2);
  http.clock.nowMs += 1000;
  await http.register(alice, "alice");
  await checkCase(http, post(signed(next)));
});

Deno.test("with --sig-server-url look-ups and WebFinger point there, and nothing is kept here", async () => {
  await using http = await openTestHttp({ config: { sigServerUrl: "https://sig.example/a" } });
  await http.register(alice, "alice");
  const url = `https://sig.example/a${path}`;
  const lookUp = await checkCase(http, { name: "", path: "/v1/u/alice", status: 200 }) as {
    sigchain_url: string;
  };
  assert.equal(lookUp.sigchain_url, url);
  const jrd = await checkCase(http, {
    name: "",
    path: "/.well-known/webfinger?resource=acct:alice@kez.lat&rel=https://kez.lat/ns/sigchain",
    status: 200,
  }) as { links: { href: string }[] };
  assert.deepEqual(jrd.links.map(({ href }) => href), [url]);
  await checkCase(http, { name: "", path, status: 404, problem: "not_found" });
  await checkCase(http, { ...post(genesis, 404), problem: "not_found" });
});

Deno.test("appends are limited for each caller", async () => {
  await using http = await openTestHttp({ config: { rateLimits: true } });
  for (let i = 0; i < 120; i++) await checkCase(http, post("{", 400));
  await checkCase(http, {
    ...post("{", 429),
    problem: "rate_limited",
    answerHeaders: { "Retry-After": "1", "RateLimit-Policy": '"sigchain";q=120;w=60' },
  });
});
