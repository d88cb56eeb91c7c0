import assert from "node:assert/strict";
import { checkCase, testCases } from "./cases.ts";
import { makeAccount, openTestHttp, registrationOf, type TestHttp } from "./support.ts";

const cors = { "Access-Control-Allow-Origin": "*", "Access-Control-Allow-Credentials": null };
const notFound = { status: 404, problem: "not_found", answerHeaders: cors } as const;

testCases("a path that nothing is at", {
  cases: [
    "/v1",
    "/v1/",
    "/v1/nothing",
    "/v1/register/",
    "/v1/u",
    "/v1/u/alice/more",
    "/v1/sigchains/ed25519/00",
    "/v1/push",
    "/v1/proofs/dns",
    "/.well-known/acme-challenge/x",
  ].map((path) => ({ name: path, path, headers: { Accept: "text/html" }, ...notFound })),
});

testCases("a path that is not the API's", {
  cases: ["/internal/nats", "/list/aa", "/upload/x", "/assets/x.js", `/${"0".repeat(64)}.png`]
    .map((path) => ({
      name: path,
      path,
      headers: { Accept: "text/html" },
      status: 404,
      problem: "not_found",
    })),
});

const wrongMethod = { status: 405, problem: "method_not_allowed" } as const;

testCases("a wrong method", {
  cases: [
    ["PATCH", "/v1/u/alice", "GET, HEAD, PUT, DELETE"],
    ["POST", "/v1/u/alice", "GET, HEAD, PUT, DELETE"],
    ["GET", "/v1/register", "POST"],
    ["DELETE", "/v1/healthz", "GET, HEAD"],
    ["POST", "/v1/config", "GET, HEAD"],
    ["DELETE", "/v1/sigchains/ed25519/00", "GET, HEAD, POST"],
    ["PUT", "/v1/p/ed25519/00", "GET, HEAD"],
    ["POST", "/.well-known/webfinger", "GET, HEAD"],
    ["POST", "/.well-known/nostr.json", "GET, HEAD"],
  ].map(([method, path, allow]) => ({
    name: `${method} ${path}`,
    method,
    path: path!,
    ...wrongMethod,
    answerHeaders: { ...cors, Allow: allow! },
  })),
});

testCases("a wrong method on the app", {
  cases: [{
    name: "POST /chats",
    method: "POST",
    path: "/chats",
    ...wrongMethod,
    answerHeaders: { Allow: "GET, HEAD" },
  }],
});

testCases("a preflight", {
  cases: ["/v1/register", "/v1/u/alice", "/v1/nothing", "/.well-known/webfinger"].map((path) => ({
    name: path,
    method: "OPTIONS",
    path,
    headers: {
      "Origin": "https://other.example",
      "Access-Control-Request-Method": "POST",
      "Access-Control-Request-Headers": "content-type",
    },
    status: 204,
    answerHeaders: {
      ...cors,
      "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, DELETE",
      "Access-Control-Allow-Headers": "Authorization, Content-Type, If-None-Match",
      "Access-Control-Max-Age": "7200",
    },
    answer: "",
  })),
});

testCases("an answer to another origin", {
  cases: ["/v1/config", "/v1/u/nobody"].map((path) => ({
    name: `${path} shows the headers that clients need`,
    path,
    headers: { Origin: "https://other.example" },
    status: path === "/v1/config" ? 200 : 404,
    answerHeaders: {
      ...cors,
      "Access-Control-Expose-Headers":
        "ETag, Location, Retry-After, RateLimit, RateLimit-Policy, WWW-Authenticate",
    },
  })),
});

const limited = () => openTestHttp({ config: { rateLimits: true } });
const limitedAnswer = { status: 429, problem: "rate_limited" } as const;

async function lookUp(http: TestHttp, times: number, peer?: string): Promise<void> {
  for (let i = 0; i < times; i++) {
    await checkCase(http, { name: "", path: "/v1/u/nobody", peer, status: 404 });
  }
}

Deno.test("an address has 120 look-ups at once and two a second after, of all kinds together", async () => {
  await using http = await limited();
  await checkCase(http, {
    name: "first",
    path: "/v1/u/nobody",
    status: 404,
    answerHeaders: {
      "RateLimit-Policy": '"look_up";q=120;w=60',
      "RateLimit": '"look_up";r=119;t=1',
    },
  });
  await lookUp(http, 116);
  await checkCase(http, { name: "", path: "/.well-known/nostr.json", status: 200 });
  await checkCase(http, {
    name: "",
    path: "/.well-known/webfinger?resource=acct:a@kez.lat",
    status: 404,
  });
  await checkCase(http, {
    name: "last",
    path: `/v1/p/ed25519/${"0".repeat(64)}`,
    status: 404,
    answerHeaders: { "RateLimit": '"look_up";r=0;t=60' },
  });
  await checkCase(http, {
    name: "one more",
    path: "/v1/u/nobody",
    ...limitedAnswer,
    answerHeaders: {
      ...cors,
      "Retry-After": "1",
      "RateLimit-Policy": '"look_up";q=120;w=60',
      "RateLimit": '"look_up";r=0;t=60',
    },
  });
  await checkCase(http, {
    name: "another's",
    path: "/v1/u/nobody",
    peer: "203.0.113.9",
    status: 404,
  });
  http.clock.nowMs += 1000;
  await lookUp(http, 2);
  await checkCase(http, { name: "again", path: "/v1/u/nobody", ...limitedAnswer });
});

Deno.test("an address has 10 registrations an hour, those that are refused included", async () => {
  await using http = await limited();
  const post = { name: "", method: "POST", path: "/v1/register" } as const;
  for (let i = 0; i < 9; i++) {
    await checkCase(http, { ...post, body: "no", status: 400, problem: "malformed" });
  }
  await checkCase(http, {
    ...post,
    body: registrationOf(makeAccount(), { handle: "alice" }),
    status: 201,
    answerHeaders: {
      "RateLimit-Policy": '"registration";q=10;w=3600',
      "RateLimit": '"registration";r=0;t=3600',
    },
  });
  await checkCase(http, {
    ...post,
    body: registrationOf(makeAccount(), { handle: "bob" }),
    ...limitedAnswer,
    answerHeaders: { "Retry-After": "360" },
  });
  await checkCase(http, { name: "look-ups go on", path: "/v1/u/alice", status: 200 });
  http.clock.nowMs += 360_000;
  const body = registrationOf(makeAccount(), { handle: "bob", createdAtMs: http.clock.nowMs });
  await checkCase(http, { ...post, body, status: 201 });
});

Deno.test("an IPv6 /64 counts as one address, another /64 as another", async () => {
  await using http = await limited();
  for (let i = 0; i < 120; i++) {
    await checkCase(http, {
      name: "",
      path: "/v1/u/nobody",
      peer: `2001:db8:1:2:${i.toString(16)}::1`,
      status: 404,
    });
  }
  const path = "/v1/u/nobody";
  await checkCase(http, { name: "", path, peer: "2001:db8:1:2:ffff::9", ...limitedAnswer });
  await checkCase(http, { name: "", path, peer: "2001:db8:1:3::9", status: 404 });
});

Deno.test("X-Forwarded-For counts behind a trusted proxy, and from nobody else", async () => {
  await using http = await limited();
  const path = "/v1/u/nobody";
  const forged = (i: number) => ({ "X-Forwarded-For": `192.0.2.${i}` });
  for (let i = 0; i < 120; i++) {
    await checkCase(http, { name: "", path, headers: forged(i), status: 404 });
  }
  await checkCase(http, { name: "forged", path, headers: forged(200), ...limitedAnswer });
  const peer = "::ffff:127.0.0.1";
  const real = { "X-Forwarded-For": "192.0.2.1, 198.51.100.7" };
  await checkCase(http, { name: "same client", path, peer, headers: real, ...limitedAnswer });
  await checkCase(http, { name: "another", path, peer, headers: forged(1), status: 404 });
});

Deno.test("health and configuration are not limited, nor is anything where limits are off", async () => {
  await using http = await limited();
  for (let i = 0; i < 150; i++) {
    await checkCase(http, { name: "", path: "/v1/healthz", status: 200 });
    await checkCase(http, { name: "", path: "/v1/config", status: 200 });
  }
  await using open = await openTestHttp();
  await lookUp(open, 150);
});

Deno.test("a fault of the server is 500, and only its log knows why", async () => {
  await using http = await openTestHttp({
    deps: { isStorageWritable: () => Promise.reject(new Error("secret detail")) },
  });
  const body = await checkCase(http, {
    name: "",
    path: "/v1/healthz",
    status: 500,
    problem: "internal",
    answerHeaders: cors,
  });
  assert.doesNotMatch(JSON.stringify(body), /secret|stack|\.ts/);
  assert.deepEqual(http.logLines, [
    { level: "error", event: "request failed", fields: { reason: "Error: secret detail" } },
  ]);
});
