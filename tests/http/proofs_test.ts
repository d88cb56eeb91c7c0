import assert from "node:assert/strict";
import type { Proofs } from "../../server/proofs/proofs.ts";
import { MAX_FETCHES_A_PERSON } from "../../server/proofs/routes.ts";
import { checkCase } from "./cases.ts";
import { authorization, makeAccount, openTestHttp, START_MS } from "./support.ts";

const alice = makeAccount();
const stranger = makeAccount();
const path = "/v1/proofs/github/octo-cat?url=https%3A%2F%2Fgist.github.com%2Focto-cat%2Faa";
const get = { name: "", path };
const signed = (account = alice, nowMs = START_MS) => ({
  Authorization: authorization(account, { method: "GET", path, nowMs }),
});

async function openWithProofs(rateLimits = false) {
  const asked: unknown[] = [];
  const answer = { status: "fetched", evidence: "x", fetched_at: "2026-05-25T03:00:00Z" } as const;
  const proofs: Proofs = {
    fetch(claim) {
      asked.push(claim);
      return Promise.resolve(answer);
    },
  };
  const http = await openTestHttp({ deps: { proofs }, config: { rateLimits } });
  await http.register(alice, "alice");
  return { http, asked, answer };
}

Deno.test("a proof is fetched for who has a handle here, with the claim's proof link", async () => {
  const { http, asked, answer } = await openWithProofs();
  await using _ = http;
  await checkCase(http, {
    ...get,
    headers: signed(),
    status: 200,
    answer,
    answerHeaders: { "Access-Control-Allow-Origin": "*", "Cache-Control": "no-store" },
  });
  const proofUrl = "https://gist.github.com/octo-cat/aa";
  assert.deepEqual(asked, [{ service: "github", subject: "octo-cat", proofUrl }]);
});

Deno.test("nothing is fetched for anybody else, and no authorization serves twice", async () => {
  const { http, asked } = await openWithProofs();
  await using _ = http;
  await checkCase(http, { ...get, status: 401, problem: "unauthorized" });
  const headers = signed(stranger);
  await checkCase(http, { ...get, headers, status: 403, problem: "forbidden" });
  await checkCase(http, { ...get, headers, status: 409, problem: "replayed" });
  const other = { ...get, path: "/v1/proofs/dns/example.com", headers: signed() };
  await checkCase(http, { ...other, status: 401, problem: "unauthorized" });
  assert.deepEqual(asked, []);
});

Deno.test("a primary has thirty proofs fetched a minute, from wherever it asks", async () => {
  const { http, asked } = await openWithProofs(true);
  await using _ = http;
  for (let i = 0; i < 30; i++) {
    const peer = `198.51.100.${i}`;
    await checkCase(http, { ...get, peer, headers: signed(), status: 200 });
  }
  const over = { ...get, status: 429, problem: "rate_limited" } as const;
  const answerHeaders = { "Retry-After": "2" };
  await checkCase(http, { ...over, headers: signed(), answerHeaders });
  http.clock.nowMs += 2_000;
  await checkCase(http, { ...get, headers: signed(alice, http.clock.nowMs), status: 200 });
  assert.equal(asked.length, 31);
});

Deno.test("who asks of hosts that dawdle leaves room for others", async () => {
  const bob = makeAccount();
  const end = Promise.withResolvers<void>();
  let asked = 0;
  const answer = { status: "fetched", evidence: "x", fetched_at: "2026-05-25T03:00:00Z" } as const;
  const proofs: Proofs = { fetch: () => (asked++, end.promise.then(() => answer)) };
  await using http = await openTestHttp({ deps: { proofs } });
  await http.register(alice, "alice");
  await http.register(bob, "bob");
  const ask = (account = alice) =>
    checkCase(http, { ...get, headers: signed(account), status: 200 });
  const waiting = Array.from({ length: MAX_FETCHES_A_PERSON }, () => ask());
  while (asked < MAX_FETCHES_A_PERSON) await new Promise((resolve) => setTimeout(resolve));
  await checkCase(http, { ...get, headers: signed(), status: 503, problem: "overloaded" });
  waiting.push(ask(bob));
  end.resolve();
  await Promise.all(waiting);
  await ask();
});

for (const subject of ["127.0.0.1", "localhost", "%2e%2e", "example.com%2Fx", "a%00b.example"]) {
  Deno.test(`no site is called ${subject}`, async () => {
    await using http = await openTestHttp();
    await http.register(alice, "alice");
    const wrong = `/v1/proofs/web/${subject}`;
    const { pathname } = new URL(wrong, "https://kez.lat");
    const headers = { Authorization: authorization(alice, { method: "GET", path: pathname }) };
    const response = await http.fetch(wrong, { headers });
    await response.body?.cancel();
    assert.ok([400, 404].includes(response.status), String(response.status));
  });
}
