import assert from "node:assert/strict";
import { BLOB_IN_FLIGHT_LIMITS, IN_FLIGHT_LIMITS } from "../../server/http_in_flight.ts";
import { checkProblem } from "./cases.ts";
import { openTestHttp, SERVER, type TestHttp } from "./support.ts";

const { maxTotal, maxPerClient } = IN_FLIGHT_LIMITS;

/** Asks for the configuration, or for something else, over a connection of its own, which is sent the answer when the test says so. */
async function ask(
  { app }: TestHttp,
  { peer, client, path = "/v1/config", completed = Promise.resolve() }: {
    peer: string;
    client?: string;
    path?: string;
    completed?: Promise<void>;
  },
): Promise<Response> {
  const headers: HeadersInit = client === undefined ? {} : { "X-Forwarded-For": client };
  const remoteAddr: Deno.NetAddr = { transport: "tcp", hostname: peer, port: 50_000 };
  const request = new Request(`https://${SERVER}${path}`, { headers });
  return await app.fetch(request, { remoteAddr, completed });
}

for (
  const [name, one, other] of [
    ["an address", { peer: "198.51.100.7" }, { peer: "198.51.100.8" }],
    [
      "a client of a proxy",
      { peer: "127.0.0.1", client: "203.0.113.1" },
      { peer: "127.0.0.1", client: "203.0.113.2" },
    ],
    ["an IPv6 network", { peer: "2001:db8::1" }, { peer: "2001:db8:0:1::1" }],
  ] as const
) {
  Deno.test(`${name} has ${maxPerClient} requests in flight, however they end`, async () => {
    await using http = await openTestHttp();
    const answers = Array.from({ length: maxPerClient }, () => Promise.withResolvers<void>());
    for (const { promise: completed } of answers) {
      assert.equal((await ask(http, { ...one, completed })).status, 200);
    }
    const refused = await ask(http, one);
    assert.equal(refused.status, 503);
    assert.equal(refused.headers.get("Retry-After"), "1");
    assert.equal(refused.headers.get("Access-Control-Allow-Origin"), "*");
    checkProblem(refused, { body: await refused.json(), code: "overloaded" });
    assert.equal((await ask(http, other)).status, 200);

    answers[0]!.resolve();
    answers[1]!.reject(new Error("The connection is gone."));
    await Promise.allSettled([answers[0]!.promise, answers[1]!.promise]);
    assert.equal((await ask(http, one)).status, 200);
    assert.deepEqual(http.logLines, []);
  });
}

Deno.test(`this machine has no share of its own, but ${maxTotal} requests are all that there are`, async () => {
  await using http = await openTestHttp();
  const answer = Promise.withResolvers<void>();
  const peers = ["127.0.0.1", "::1", "::ffff:127.0.0.1"];
  for (let i = 0; i < maxTotal; i++) {
    const response = await ask(http, { peer: peers[i % 3]!, completed: answer.promise });
    assert.equal(response.status, 200);
  }
  for (const peer of ["127.0.0.1", "198.51.100.7"]) {
    assert.equal((await ask(http, { peer })).status, 503);
  }
  answer.resolve();
  await answer.promise;
  assert.equal((await ask(http, { peer: "198.51.100.7" })).status, 200);
});

Deno.test("whoever is slow with blobs leaves room for everything else", async () => {
  await using http = await openTestHttp();
  const path = `/${"0".repeat(64)}`;
  const answer = Promise.withResolvers<void>();
  for (let i = 0; i < BLOB_IN_FLIGHT_LIMITS.maxTotal; i++) {
    const peer = `2001:db8:0:${i % 16}::1`;
    assert.equal((await ask(http, { peer, path, completed: answer.promise })).status, 404);
  }
  const peer = "198.51.100.7";
  assert.equal((await ask(http, { peer, path })).status, 503);
  assert.equal((await ask(http, { peer })).status, 200);
  answer.resolve();
  await answer.promise;
  assert.equal((await ask(http, { peer, path })).status, 404);
});
