import assert from "node:assert/strict";
import { createRateLimiter } from "../../server/rate_limit.ts";
import { idsOf, makeEvent, newPerson } from "./support/events.ts";
import { startTestRelay } from "./support/test_relay.ts";

function limiterAt(nowMs: () => number) {
  const store = { load: () => Promise.resolve([]), save: () => Promise.resolve() };
  return createRateLimiter({ enabled: true, nowMs, store });
}

Deno.test("one IP publishes 600 events a minute over all its connections; then rate-limited:", async () => {
  let nowMs = Date.now();
  await using relay = await startTestRelay({ limiter: limiterAt(() => nowMs), nowMs: () => nowMs });
  await using a = await relay.connect();
  await using b = await relay.connect();
  const secret = newPerson().secret;
  const make = (i: number) => makeEvent({ content: `${i}` }, secret);
  const answers = await Promise.all(
    Array.from({ length: 600 }, (_, i) => (i % 2 ? a : b).publish(make(i))),
  );
  assert.ok(answers.every(([accepted]) => accepted));
  const late = make(600);
  const [accepted, message] = await a.publish(late);
  assert.equal(accepted, false);
  assert.match(message, /^rate-limited: /);
  assert.deepEqual(await a.query({ ids: [late.id] }), []);
  nowMs += 1_000;
  assert.deepEqual(await a.publish(late), [true, ""]);
});

Deno.test("one IP asks 600 REQs a minute; then CLOSED with rate-limited:", async () => {
  let nowMs = Date.now();
  await using relay = await startTestRelay({ limiter: limiterAt(() => nowMs), nowMs: () => nowMs });
  await using client = await relay.connect();
  for (let i = 0; i < 600; i++) await client.query({ kinds: [1], limit: 1 });
  assert.match(await client.refusedReq({ kinds: [1] }), /^rate-limited: /);
  assert.equal((await client.publish(makeEvent()))[0], true);
  nowMs += 1_000;
  assert.deepEqual(await client.query({ ids: [makeEvent().id] }), []);
});

Deno.test("a client behind a trusted proxy is counted by its own address", async () => {
  const nowMs = Date.now();
  await using relay = await startTestRelay({
    limiter: limiterAt(() => nowMs),
    trustedProxies: ["127.0.0.0/8"],
  });
  await using a = await relay.connect({ headers: { "x-forwarded-for": "203.0.113.9, 192.0.2.1" } });
  await using b = await relay.connect({ headers: { "x-forwarded-for": "203.0.113.9, 192.0.2.2" } });
  for (let i = 0; i < 600; i++) await a.query({ kinds: [1], limit: 0 });
  assert.match(await a.refusedReq({ kinds: [1] }), /^rate-limited: /);
  assert.deepEqual(await b.query({ kinds: [1] }), []);
});

Deno.test("an untrusted peer cannot escape by X-Forwarded-For", async () => {
  const nowMs = Date.now();
  await using relay = await startTestRelay({ limiter: limiterAt(() => nowMs), trustedProxies: [] });
  await using a = await relay.connect({ headers: { "x-forwarded-for": "192.0.2.1" } });
  await using b = await relay.connect({ headers: { "x-forwarded-for": "192.0.2.2" } });
  for (let i = 0; i < 600; i++) await a.query({ kinds: [1], limit: 0 });
  assert.match(await b.refusedReq({ kinds: [1] }), /^rate-limited: /);
});

Deno.test("a client that goes on past its rate is disconnected", async () => {
  const nowMs = Date.now();
  await using relay = await startTestRelay({ limiter: limiterAt(() => nowMs), nowMs: () => nowMs });
  await using client = await relay.connect();
  for (let i = 0; i < 900; i++) client.send("REQ", `s${i % 60}`, { kinds: [1], limit: 0 });
  assert.equal(await client.ended, 1008);
});

Deno.test("without rate limits ten thousand requests of one IP are answered", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const event = makeEvent();
  await client.publish(event);
  for (let i = 0; i < 10_000; i++) client.send("REQ", `s${i % 60}`, { kinds: [1], limit: 1 });
  assert.deepEqual(idsOf(await client.subscribe("last", { kinds: [1] })), [event.id]);
});
