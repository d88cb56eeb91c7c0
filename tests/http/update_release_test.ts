import assert from "node:assert/strict";
import { addrOf } from "../../protocol/addr.ts";
import { checkCase, type HttpCase, testCases } from "./cases.ts";
import {
  authorization,
  hexNonce,
  makeAccount,
  openTestHttp,
  registrationOf,
  resigned,
  START_MS,
  type TestHttp,
} from "./support.ts";

const alice = makeAccount();
const bob = makeAccount();
const mallory = makeAccount();
const path = "/v1/u/alice";
const later = (account = alice, handle = "alice", seconds = 1) =>
  registrationOf(account, { handle, createdAtMs: START_MS + seconds * 1000 });

async function twoPeople(http: TestHttp): Promise<void> {
  await http.register(alice, "alice");
  await http.register(bob, "bob");
}

const put = { method: "PUT", path } as const;

testCases("PUT /v1/u/:handle", {
  prepare: twoPeople,
  cases: [
    { name: "takes a newer registration", ...put, body: later(), status: 200 },
    {
      name: "refuses another handle in the path",
      ...put,
      path: "/v1/u/bob",
      body: later(),
      status: 400,
      problem: "malformed",
    },
    {
      name: "knows no handle that was never registered",
      ...put,
      path: "/v1/u/carol",
      body: later(mallory, "carol"),
      status: 404,
      problem: "unknown_handle",
    },
    {
      name: "refuses another primary",
      ...put,
      body: later(mallory),
      status: 403,
      problem: "forbidden",
    },
    {
      name: "refuses the same instant",
      ...put,
      body: later(alice, "alice", 0),
      status: 409,
      problem: "replayed",
    },
    {
      name: "refuses an earlier instant",
      ...put,
      body: later(alice, "alice", -1),
      status: 409,
      problem: "replayed",
    },
    {
      name: "refuses another's nostr key",
      ...put,
      body: later({ ...alice, nostrSecret: bob.nostrSecret }),
      status: 409,
      problem: "nostr_taken",
    },
    {
      name: "refuses a bad signature",
      ...put,
      body: { ...later(), payload: { ...later().payload, created_at: "2026-05-25T03:00:02Z" } },
      status: 401,
      problem: "bad_signature",
    },
    { name: "refuses an empty body", ...put, status: 400, problem: "malformed" },
  ],
});

Deno.test("an update changes the nostr key, for look-ups and members, and frees the old one", async () => {
  await using http = await openTestHttp();
  await twoPeople(http);
  const { members } = http.registry;
  const addr = addrOf(alice.primary);
  const { nostrSecret, nostr } = makeAccount();
  await checkCase(http, {
    name: "to another key",
    ...put,
    body: later({ ...alice, nostrSecret }),
    status: 200,
  });
  assert.equal((await (await http.fetch(path)).json()).nostr, nostr);
  assert.equal(members.nostrKeyOf(addr), nostr);
  assert.equal(members.isMemberKey(alice.nostr), false);
  assert.equal(members.isMemberKey(nostr), true);

  const none = resigned(later(alice, "alice", 2), {
    account: alice,
    members: { nostr: undefined },
  });
  await checkCase(http, { name: "to none", ...put, body: none, status: 200 });
  assert.equal((await (await http.fetch(path)).json()).nostr, null);
  assert.equal(members.nostrKeyOf(addr), null);
  assert.equal(members.isAddr(addr), true);

  const taker = { ...makeAccount(), nostrSecret: alice.nostrSecret };
  await checkCase(http, {
    name: "the old key is free",
    method: "POST",
    path: "/v1/register",
    body: registrationOf(taker, { handle: "taker" }),
    status: 201,
  });
});

Deno.test("an update keeps the time of registration", async () => {
  await using http = await openTestHttp();
  await http.register(alice, "alice");
  http.clock.nowMs += 60_000;
  const body = later(alice, "alice", 60);
  const answer = await checkCase(http, { name: "", ...put, body, status: 200 }) as {
    registered_at: string;
  };
  assert.equal(answer.registered_at, "2026-05-25T03:00:00Z");
});

Deno.test("an update is possible where registration is closed", async () => {
  await using http = await openTestHttp({ config: { registration: "closed" } });
  await http.registry.register(registrationOf(alice, { handle: "alice" }));
  await checkCase(http, { name: "", ...put, body: later(), status: 200 });
});

const remove = (account = alice, options: { nonce?: string; path?: string } = {}) => ({
  method: "DELETE",
  path: options.path ?? path,
  headers: { Authorization: authorization(account, { method: "DELETE", path, ...options }) },
});

const unauthorized = {
  status: 401,
  problem: "unauthorized",
  answerHeaders: { "WWW-Authenticate": "Kez" },
} as const;

const signedFor = (options: Partial<Parameters<typeof authorization>[1]>): HttpCase["headers"] => ({
  Authorization: authorization(alice, { method: "DELETE", path, ...options }),
});

testCases("DELETE /v1/u/:handle", {
  prepare: twoPeople,
  cases: [
    { name: "releases", ...remove(), status: 204, answer: "" },
    { name: "refuses another primary", ...remove(bob), status: 403, problem: "forbidden" },
    { name: "refuses a stranger", ...remove(mallory), status: 403, problem: "forbidden" },
    {
      name: "knows no handle that was never registered",
      ...remove(alice, { path: "/v1/u/carol" }),
      status: 404,
      problem: "unknown_handle",
    },
    {
      name: "knows no handle of 3,000 characters",
      ...remove(alice, { path: `/v1/u/${"a".repeat(3_000)}` }),
      status: 404,
      problem: "unknown_handle",
    },
    { name: "asks who is calling", method: "DELETE", path, ...unauthorized },
    {
      name: "asks before it says what there is",
      method: "DELETE",
      path: "/v1/u/carol",
      ...unauthorized,
    },
    {
      name: "takes no other scheme",
      method: "DELETE",
      path,
      headers: { Authorization: "Bearer abc" },
      ...unauthorized,
    },
    {
      name: "takes no document that is not base64url",
      method: "DELETE",
      path,
      headers: { Authorization: "Kez %%%" },
      ...unauthorized,
    },
    {
      name: "takes none signed for another server",
      method: "DELETE",
      path,
      headers: signedFor({ server: "other.example" }),
      ...unauthorized,
    },
    {
      name: "takes none signed for another method",
      method: "DELETE",
      path,
      headers: signedFor({ method: "PUT" }),
      ...unauthorized,
    },
    {
      name: "takes none signed for another path",
      method: "DELETE",
      path,
      headers: signedFor({ path: "/v1/u/bob" }),
      ...unauthorized,
    },
    {
      name: "takes none signed for another query",
      method: "DELETE",
      path: `${path}?a=b`,
      headers: signedFor({}),
      ...unauthorized,
    },
    {
      name: "takes none signed without the body that it came with",
      method: "DELETE",
      path,
      body: "{}",
      headers: signedFor({}),
      ...unauthorized,
    },
    {
      name: "takes none that is too old",
      method: "DELETE",
      path,
      headers: signedFor({ nowMs: START_MS - 300_001 }),
      ...unauthorized,
    },
    {
      name: "takes none from the future",
      method: "DELETE",
      path,
      headers: signedFor({ nowMs: START_MS + 300_001 }),
      ...unauthorized,
    },
    {
      name: "takes none with a nonce of another form",
      method: "DELETE",
      path,
      headers: signedFor({ nonce: "A".repeat(32) }),
      ...unauthorized,
    },
  ],
});

Deno.test("a client with a wrong clock is told the server's time", async () => {
  await using http = await openTestHttp();
  const body = await checkCase(http, { name: "", method: "DELETE", path, ...unauthorized }) as {
    server_time: string;
  };
  assert.equal(body.server_time, "2026-05-25T03:00:00.000Z");
});

Deno.test("a nonce counts once, before anything is said about the handle", async () => {
  await using http = await openTestHttp();
  await twoPeople(http);
  const request = remove(alice, { path: "/v1/u/carol", nonce: hexNonce() });
  await checkCase(http, { name: "", ...request, status: 404, problem: "unknown_handle" });
  await checkCase(http, { name: "", ...request, status: 409, problem: "replayed" });
  http.clock.nowMs += 290_000;
  await checkCase(http, { name: "", ...request, status: 409, problem: "replayed" });
});

Deno.test("of 20 copies of one request at once, one counts", async () => {
  await using http = await openTestHttp();
  await twoPeople(http);
  const { path, ...init } = remove();
  const answers = await Promise.all(Array.from({ length: 20 }, () => http.fetch(path, init)));
  const statuses = answers.map(({ status }) => status).sort();
  assert.deepEqual(statuses, [204, ...Array(19).fill(409)]);
});

Deno.test("two people may use the same nonce", async () => {
  await using http = await openTestHttp();
  await twoPeople(http);
  const nonce = hexNonce();
  await checkCase(http, { name: "", ...remove(alice, { nonce }), status: 204 });
  const bobs = remove(bob, { path: "/v1/u/bob", nonce });
  await checkCase(http, { name: "", ...bobs, status: 204 });
});

const post = { name: "", method: "POST", path: "/v1/register" } as const;

Deno.test("a released handle is unknown everywhere, and those who follow are told", async () => {
  await using http = await openTestHttp();
  await twoPeople(http);
  const addr = addrOf(alice.primary);
  const released: unknown[] = [];
  http.registry.onReleased((identity) => released.push(identity));
  await checkCase(http, { name: "before", path, status: 200 });
  await checkCase(http, { name: "", ...remove(), status: 204 });
  const unknown = { status: 404, problem: "unknown_handle" } as const;
  await checkCase(http, { name: "by handle", path, ...unknown });
  const byPrimary = `/v1/p/ed25519/${alice.primary.slice(8)}`;
  await checkCase(http, { name: "by primary", path: byPrimary, ...unknown });
  await checkCase(http, { name: "again", ...remove(), ...unknown });
  await checkCase(http, { name: "by another", ...remove(mallory), ...unknown });
  await checkCase(http, { name: "to update", ...put, body: later(), ...unknown });
  await checkCase(http, {
    name: "in NIP-05",
    path: "/.well-known/nostr.json?name=alice",
    status: 200,
    answer: { names: {} },
  });
  await checkCase(http, {
    name: "in WebFinger",
    path: "/.well-known/webfinger?resource=acct:alice@kez.lat",
    ...unknown,
  });
  assert.deepEqual(released, [
    { handle: "alice", primary: alice.primary, addr, nostr: alice.nostr },
  ]);
  assert.equal(http.registry.members.isAddr(addr), false);
  assert.equal(http.registry.members.isMemberKey(alice.nostr), false);
});

Deno.test("a released handle stays reserved for its primary, which may have no other", async () => {
  await using http = await openTestHttp();
  await twoPeople(http);
  http.clock.nowMs += 10_000;
  const headers = signedFor({ nowMs: http.clock.nowMs });
  await checkCase(http, { name: "", method: "DELETE", path, headers, status: 204 });
  const taken = { status: 409, problem: "handle_taken" } as const;
  await checkCase(http, { ...post, body: later(mallory), ...taken });
  const another = later(alice, "alice-two", 20);
  await checkCase(http, { ...post, body: another, status: 409, problem: "primary_taken" });
  await checkCase(http, { ...post, body: later(alice, "alice", 20), status: 201 });
  await checkCase(http, { name: "", path, status: 200 });
});

Deno.test("a registration from before the release does not undo it, seen or not", async () => {
  await using http = await openTestHttp();
  const first = await http.register(alice, "alice");
  const unseen = later(alice, "alice", 5);
  http.clock.nowMs += 10_000;
  const headers = signedFor({ nowMs: http.clock.nowMs });
  await checkCase(http, { name: "", method: "DELETE", path, headers, status: 204 });
  for (const body of [first, unseen]) {
    await checkCase(http, { ...post, body, status: 409, problem: "replayed" });
  }
});

Deno.test("the registration itself does not undo a release of the same instant", async () => {
  await using http = await openTestHttp();
  const first = await http.register(alice, "alice");
  await checkCase(http, { name: "", ...remove(), status: 204 });
  await checkCase(http, { ...post, body: first, status: 409, problem: "replayed" });
});
