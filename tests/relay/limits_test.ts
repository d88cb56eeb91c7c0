import assert from "node:assert/strict";
import { makeEvent, nowS, randomHex } from "./support/events.ts";
import { startTestRelay } from "./support/test_relay.ts";

const YEAR_S = 365 * 86_400;

Deno.test("64 subscriptions are open at a time, a 65th is CLOSED until one ends", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  for (let i = 0; i < 64; i++) await client.subscribe(`s${i}`, { kinds: [5_000 + i] });
  assert.match(await client.refusedReq({ kinds: [1] }), /^error: .*64 subscriptions/);
  await client.subscribe("s7", { kinds: [1] });
  client.send("CLOSE", "s8");
  await client.subscribe("new", { kinds: [1] });
});

Deno.test("20 filters in a REQ are answered, 21 are refused", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const filters = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ kinds: [5_000 + i] }));
  assert.deepEqual(await client.query(...filters(20)), []);
  assert.match(await client.refusedReq(...filters(21)), /^invalid: .*20 filters/);
});

Deno.test("a filter gets at most 500 events, also where it asks for more or says nothing", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const events = Array.from({ length: 520 }, (_, i) => makeEvent({ created_at: nowS() - i }));
  await Promise.all(events.map((event) => client.publish(event)));
  for (const limit of [{}, { limit: 501 }, { limit: 1_000_000 }]) {
    const found = await client.query({ kinds: [1], ...limit });
    assert.equal(found.length, 500);
    assert.equal(found[0]!.id, events[0]!.id);
    assert.equal(found[499]!.id, events[499]!.id);
  }
});

Deno.test("created_at may be 3 years back and 15 minutes ahead, and no more", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const publishAt = (created_at: number) => client.publish(makeEvent({ created_at }));
  for (const at of [nowS() + 14 * 60, nowS() - 3 * YEAR_S + 60]) {
    assert.deepEqual(await publishAt(at), [true, ""]);
  }
  assert.match((await publishAt(nowS() + 16 * 60))[1], /^invalid: .*future/);
  assert.match((await publishAt(nowS() - 3 * YEAR_S - 60))[1], /^invalid: .*long ago/);
  assert.match((await publishAt(0))[1], /^invalid: /);
  assert.match((await publishAt(Number.MAX_SAFE_INTEGER))[1], /^invalid: .*future/);
});

Deno.test("an event may have 1,000 tags and no more", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const tags = Array.from({ length: 1_000 }, (_, i) => ["t", `${i}`]);
  const event = makeEvent({ tags });
  assert.deepEqual(await client.publish(event), [true, ""]);
  assert.deepEqual(await client.query({ "#t": ["999"] }), [event]);
  const more = makeEvent({ tags: [...tags, ["t", "1000"]] });
  assert.match((await client.publish(more))[1], /^invalid: .*1000 tags/);
});

Deno.test("an event may have 64 KiB and no more, counted in UTF-8", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const frame = JSON.stringify(makeEvent({ content: "" })).length;
  const largest = makeEvent({ content: "x".repeat(65_536 - frame) });
  assert.equal(JSON.stringify(largest).length, 65_536);
  assert.deepEqual(await client.publish(largest), [true, ""]);
  assert.deepEqual(await client.query({ ids: [largest.id] }), [largest]);
  const larger = makeEvent({ content: "x".repeat(65_537 - frame) });
  assert.match((await client.publish(larger))[1], /^invalid: .*65536 bytes/);
  const wide = makeEvent({ content: "☃".repeat(30_000) });
  assert.match((await client.publish(wide))[1], /^invalid: .*65536 bytes/);
});

Deno.test("a frame of 128 KiB is read, a larger one ends its connection alone", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  await using other = await relay.connect();
  const padded = (bytes: number) => {
    const frame = JSON.stringify(["CLOSE", "x", ""]);
    return `${frame.slice(0, -2)}${" ".repeat(bytes - frame.length)}"]`;
  };
  client.sendRaw(padded(128 * 1024));
  await client.sync();
  client.sendRaw(padded(128 * 1024 + 1));
  assert.equal(await client.ended, 1009);
  await other.sync();
});

Deno.test("the values of all filters of a connection are bounded", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const authors = Array.from({ length: 1_000 }, randomHex);
  for (let i = 0; i < 9; i++) await client.subscribe(`s${i}`, { authors, kinds: [1] });
  assert.match(await client.refusedReq({ authors, kinds: [1] }), /^error: .*filter values/);
  client.send("CLOSE", "s0");
  await client.subscribe("again", { authors, kinds: [1] });
});

Deno.test("a list in a filter has at most 1,000 values", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const kinds = Array.from({ length: 1_001 }, (_, i) => i);
  assert.match(await client.refusedReq({ kinds }), /^invalid: .*1000 values/);
});

Deno.test("one client has so many sockets and no more, others still come in", async () => {
  await using relay = await startTestRelay({
    limits: { maxSocketsPerIp: 3 },
    trustedProxies: ["127.0.0.0/8"],
  });
  const from = (ip: string) => relay.connect({ headers: { "x-forwarded-for": ip } });
  const own = await Promise.all([from("192.0.2.1"), from("192.0.2.1"), from("192.0.2.1")]);
  await assert.rejects(from("192.0.2.1"), /refused/);
  await using other = await from("192.0.2.2");
  await other.sync();
  own[0]!.socket.terminate();
  await own[0]!.ended;
  await using again = await connectWhenFree(() => from("192.0.2.1"));
  await again.sync();
  for (const client of own.slice(1)) await client[Symbol.asyncDispose]();
});

Deno.test("the relay has so many sockets in all and no more", async () => {
  await using relay = await startTestRelay({ limits: { maxSockets: 2 } });
  await using a = await relay.connect();
  await using _b = await relay.connect();
  await assert.rejects(relay.connect(), /refused/);
  await a.sync();
});

/** The relay learns of a lost socket a moment after its client. */
async function connectWhenFree<T>(connect: () => Promise<T>): Promise<T> {
  for (let attempts = 50;; attempts--) {
    try {
      return await connect();
    } catch (error) {
      if (attempts === 0) throw error;
    }
  }
}
