import assert from "node:assert/strict";
import { serverOrigin } from "../../protocol/handle.ts";
import { checkCase, testCases } from "./cases.ts";
import { makeAccount, openTestHttp, registrationOf, START_MS } from "./support.ts";

const alice = makeAccount();
const hex = alice.primary.slice("ed25519:".length);
const unknown = { status: 404, problem: "unknown_handle" } as const;

testCases("a look-up", {
  prepare: (http) => http.register(alice, "alice"),
  cases: [
    {
      name: "by handle may be kept for a minute",
      path: "/v1/u/alice",
      status: 200,
      answerHeaders: {
        "Cache-Control": "max-age=60",
        "Content-Type": "application/json; charset=utf-8",
        "ETag": /^"/,
        "Access-Control-Allow-Origin": "*",
        "Date": "Mon, 25 May 2026 03:00:00 GMT",
      },
    },
    { name: "by HEAD has no body", method: "HEAD", path: "/v1/u/alice", status: 200, answer: "" },
    { name: "takes a handle in percent-encoding", path: "/v1/u/%61lice", status: 200 },
    { name: "of a handle that nobody has", path: "/v1/u/bob", ...unknown },
    { name: "is exact about case", path: "/v1/u/Alice", ...unknown },
    { name: "of what cannot be a handle", path: "/v1/u/a%2Fb", ...unknown },
    { name: "of broken percent-encoding", path: "/v1/u/%ff", ...unknown },
    { name: "of a handle of 10,000 characters", path: `/v1/u/${"a".repeat(10_000)}`, ...unknown },
    { name: "by a primary that nobody has", path: `/v1/p/ed25519/${"0".repeat(64)}`, ...unknown },
    { name: "by upper-case hex", path: `/v1/p/ed25519/${hex.toUpperCase()}`, ...unknown },
    { name: "by what is no key", path: "/v1/p/ed25519/abc", ...unknown },
    {
      name: "by another kind of key",
      path: `/v1/p/rsa/${hex}`,
      status: 404,
      problem: "not_found",
    },
  ],
});

Deno.test("a look-up by primary is the very same as by handle", async () => {
  await using http = await openTestHttp();
  await http.register(alice, "alice");
  const [byHandle, byPrimary] = await Promise.all([
    http.fetch("/v1/u/alice"),
    http.fetch(`/v1/p/ed25519/${hex}`),
  ]);
  assert.equal(byHandle.headers.get("ETag"), byPrimary.headers.get("ETag"));
  assert.equal(await byHandle.text(), await byPrimary.text());
});

Deno.test("a look-up whose ETag is known is 304 without a body, until the handle changes", async () => {
  await using http = await openTestHttp();
  await http.register(alice, "alice");
  const first = await http.fetch("/v1/u/alice");
  const etag = first.headers.get("ETag")!;
  await first.body?.cancel();
  for (const known of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
    await checkCase(http, {
      name: known,
      path: "/v1/u/alice",
      headers: { "If-None-Match": known },
      status: 304,
      answerHeaders: { "ETag": etag, "Cache-Control": "max-age=60", "Content-Type": null },
      answer: "",
    });
  }
  http.clock.nowMs += 1000;
  const newer = registrationOf(alice, { handle: "alice", createdAtMs: START_MS + 1000 });
  await http.registry.update("alice", newer);
  for (const path of ["/v1/u/alice", `/v1/p/ed25519/${hex}`]) {
    const headers = { "If-None-Match": etag };
    const answer = await checkCase(http, { name: path, path, headers, status: 200 }) as {
      registration: unknown;
    };
    assert.deepEqual(answer.registration, newer);
  }
});

Deno.test("a handle that is unknown is known as soon as it is registered", async () => {
  await using http = await openTestHttp();
  await checkCase(http, { name: "before", path: "/v1/u/alice", ...unknown });
  await http.register(alice, "alice");
  await checkCase(http, { name: "after", path: "/v1/u/alice", status: 200 });
});

Deno.test("a server on loopback names http and ws addresses, and hands the relay's on verbatim", async () => {
  const server = "localhost:6969";
  const relayUrl = "ws://localhost:6970/";
  await using http = await openTestHttp({ server, relayUrl });
  await http.register(alice, "alice");
  const answer = await (await http.fetch("/v1/u/alice")).json();
  assert.equal(answer.fqhn, "alice@localhost:6969");
  assert.deepEqual(answer.relays, [relayUrl]);
  assert.equal(answer.sigchain_url, `${serverOrigin(server)}/v1/sigchains/ed25519/${hex}`);
});
