import assert from "node:assert/strict";
import { createApi } from "../../../../client/api.ts";
import type { Fetch } from "../../../../client/fetch_json.ts";
import { isUserError, type UserErrorCode } from "../../../../client/user_error.ts";
import { createFakeServer, START_MS, tells } from "../session/support.ts";
import type { Registration } from "../../../../protocol/registration.ts";

const origin = "https://kez.example";
const nowMs = () => START_MS;
const document = {} as Registration;

function apiAnswering(
  { status = 200, body = "{}", headers = {} }: {
    status?: number;
    body?: BodyInit;
    headers?: Record<string, string>;
  },
) {
  const fetch: Fetch = () => Promise.resolve(new Response(body, { status, headers }));
  return createApi({ fetch, origin, nowMs });
}

Deno.test("the server's configuration is read", async () => {
  const { fetch, relayUrl } = createFakeServer();
  assert.deepEqual(await createApi({ fetch, origin, nowMs }).config(), {
    server: "kez.example",
    version: "0",
    relayUrl,
    relays: [],
    registration: "open",
    host: { name: null, sentence: null, contact: null, termsUrl: null },
    retentionS: 60,
    blobMaxBytes: 1,
  });
});

Deno.test("requests go to the specified places, without credentials", async () => {
  const asked: [string, RequestInit | undefined][] = [];
  const fetch: Fetch = (url, init) => {
    asked.push([url, init]);
    const body = { code: "unknown_handle" };
    return Promise.resolve(new Response(JSON.stringify(body), { status: 404 }));
  };
  const api = createApi({ fetch, origin, nowMs });
  assert.equal(await api.lookUp("bob"), null);
  assert.equal(await api.lookUpPrimary("ed25519:00ff"), null);
  await assert.rejects(api.register(document), tells("unknown_handle"));
  assert.deepEqual(asked.map(([url]) => url), [
    `${origin}/v1/u/bob`,
    `${origin}/v1/p/ed25519/00ff`,
    `${origin}/v1/register`,
  ]);
  assert.deepEqual(asked.map(([, init]) => init?.method ?? "GET"), ["GET", "GET", "POST"]);
  for (const [, init] of asked) assert.equal(init?.credentials, "omit");
});

Deno.test("an invite code goes beside the registration, and only where there is one", async () => {
  const bodies: unknown[] = [];
  const fetch: Fetch = (_url, init) => {
    bodies.push(JSON.parse(String(init?.body)));
    const body = { code: "invalid_invite" };
    return Promise.resolve(new Response(JSON.stringify(body), { status: 403 }));
  };
  const api = createApi({ fetch, origin, nowMs });
  await assert.rejects(api.register(document, "harbour"), tells("invalid_invite"));
  await assert.rejects(api.register(document), tells("invalid_invite"));
  const plain = JSON.parse(JSON.stringify(document));
  assert.deepEqual(bodies, [{ ...plain, invite: "harbour" }, plain]);
});

Deno.test("a 404 of anything else than a server of ours is no unknown handle", async () => {
  const api = apiAnswering({ status: 404, body: "<h1>Not found</h1>" });
  await assert.rejects(api.lookUp("bob"), tells("server_error"));
});

const problems: [problem: string, code: UserErrorCode][] = [
  ["handle_taken", "handle_taken"],
  ["primary_taken", "primary_taken"],
  ["nostr_taken", "nostr_taken"],
  ["invalid_handle", "invalid_handle"],
  ["reserved_handle", "reserved_handle"],
  ["registration_closed", "registration_closed"],
  ["stale_timestamp", "clock_wrong"],
  ["internal", "server_error"],
  ["constructor", "server_error"],
];
for (const [problem, code] of problems) {
  Deno.test(`the problem ${problem} is told as ${code}`, async () => {
    const body = JSON.stringify({ code: problem, detail: "Do this." });
    const api = apiAnswering({ status: 409, body });
    await assert.rejects(
      api.register(document),
      tells(code, code === "server_error" ? /^Do this\.$/ : /^$/),
    );
  });
}

Deno.test("too many requests are told with the seconds to wait", async () => {
  const api = apiAnswering({ status: 429, headers: { "Retry-After": "17" } });
  await assert.rejects(api.lookUp("bob"), tells("rate_limited", /^17$/));
  const vague = apiAnswering({ status: 429, headers: { "Retry-After": "<script>" } });
  await assert.rejects(vague.lookUp("bob"), tells("rate_limited", /^$/));
});

const unreadable: [what: string, body: BodyInit][] = [
  ["no JSON", "<html>"],
  ["JSON of another shape", '{"handle":5}'],
  ["half a JSON text", '{"handle":'],
  ["deep nesting", "[".repeat(10_000) + "]".repeat(10_000)],
  ["bytes that are no UTF-8", new Uint8Array([0xff, 0xfe])],
  ["more than 64 KiB", JSON.stringify({ handle: "x".repeat(70_000) })],
];
for (const [what, body] of unreadable) {
  Deno.test(`an answer of ${what} is the server's fault`, async () => {
    const api = apiAnswering({ body });
    await assert.rejects(api.lookUp("bob"), tells("server_error"));
    await assert.rejects(api.config(), tells("server_error"));
  });
}

Deno.test("an endless answer is given up at its bound", async () => {
  let sent = 0;
  const body = new ReadableStream({
    pull(controller) {
      sent += 16_384;
      controller.enqueue(new Uint8Array(16_384));
    },
  });
  await assert.rejects(apiAnswering({ body }).config(), tells("server_error"));
  assert.ok(sent < 200_000);
});

Deno.test("no network is told as that", async () => {
  const fetch: Fetch = () => Promise.reject(new TypeError("Failed to fetch"));
  await assert.rejects(createApi({ fetch, origin, nowMs }).config(), tells("no_network"));
});

Deno.test("a server that does not answer in time is given up", async () => {
  const fetch: Fetch = (_url, init) =>
    new Promise((_, reject) => {
      init?.signal?.addEventListener("abort", () => reject(init.signal?.reason));
    });
  const api = createApi({ fetch, origin, nowMs, timeoutMs: 1 });
  await assert.rejects(api.config(), tells("no_network"));
});

Deno.test("the server's clock is learnt from any answer", async () => {
  const headers = { Date: new Date(START_MS + 90_000).toUTCString() };
  const api = apiAnswering({ status: 500, headers });
  assert.equal(api.serverTimeOffsetMs(), 0);
  await assert.rejects(api.lookUp("bob"), (error) => isUserError(error, "server_error"));
  assert.equal(api.serverTimeOffsetMs(), 90_000);
});

Deno.test("a clock that is seconds off counts as right", async () => {
  const headers = { Date: new Date(START_MS - 59_000).toUTCString() };
  const api = apiAnswering({ status: 500, headers });
  await assert.rejects(api.lookUp("bob"), tells("server_error"));
  assert.equal(api.serverTimeOffsetMs(), 0);
});
