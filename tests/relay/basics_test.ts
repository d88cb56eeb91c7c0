import assert from "node:assert/strict";
import { idsOf, makeEvent, newPerson, nowS, randomHex } from "./support/events.ts";
import { startTestRelay } from "./support/test_relay.ts";

Deno.test("an event that got OK true is found by its id, text in every script untouched", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const event = makeEvent({
    content: "hi 🙂 \u202e שלום \u0000 <b>'; DROP TABLE event; --",
    tags: [["t", "'; DROP TABLE tag; --"], ["x"], ["long", "a", "b", "c"]],
  });
  assert.deepEqual(await client.publish(event), [true, ""]);
  assert.deepEqual(await client.query({ ids: [event.id] }), [event]);
});

Deno.test("an event that is there already gets OK true and duplicate:", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const event = makeEvent();
  await client.publish(event);
  const [accepted, message] = await client.publish(event);
  assert.equal(accepted, true);
  assert.match(message, /^duplicate: /);
  assert.equal((await client.query({ ids: [event.id] })).length, 1);
});

Deno.test("the same event sent twice at once is stored once and answered twice", async () => {
  await using relay = await startTestRelay();
  await using a = await relay.connect();
  await using b = await relay.connect();
  const event = makeEvent();
  const answers = await Promise.all([a.publish(event), b.publish(event), a.publish(event)]);
  assert.deepEqual(answers.map(([accepted]) => accepted), [true, true, true]);
  assert.deepEqual(answers.filter(([, message]) => message === "").length, 1);
  assert.equal((await a.query({ ids: [event.id] })).length, 1);
});

Deno.test("stored events come before EOSE, and an empty answer is EOSE alone", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  client.send("REQ", "none", { ids: [randomHex()] });
  assert.deepEqual(await client.next(), ["EOSE", "none"]);
  assert.deepEqual(client.unread(), []);
});

Deno.test("a second REQ under the same id replaces the first", async () => {
  await using relay = await startTestRelay();
  await using reader = await relay.connect();
  await using writer = await relay.connect();
  await reader.subscribe("s", { kinds: [1] });
  await reader.subscribe("s", { kinds: [7] });
  await writer.publish(makeEvent({ kind: 1 }));
  const reaction = makeEvent({ kind: 7, content: "+" });
  await writer.publish(reaction);
  assert.deepEqual(await reader.live("s"), reaction);
  await reader.sync();
  assert.deepEqual(reader.unread(), []);
});

Deno.test("CLOSE ends a subscription and is not answered", async () => {
  await using relay = await startTestRelay();
  await using reader = await relay.connect();
  await using writer = await relay.connect();
  await reader.subscribe("s", { kinds: [1] });
  reader.send("CLOSE", "s");
  await reader.sync();
  await writer.publish(makeEvent());
  await reader.sync();
  assert.deepEqual(reader.unread(), []);
});

Deno.test("subscriptions of the same id on two connections are two subscriptions", async () => {
  await using relay = await startTestRelay();
  await using a = await relay.connect();
  await using b = await relay.connect();
  await a.subscribe("s", { kinds: [1] });
  await b.subscribe("s", { kinds: [1] });
  a.send("CLOSE", "s");
  await a.sync();
  const event = makeEvent();
  await a.publish(event);
  assert.deepEqual(await b.live("s"), event);
  assert.deepEqual(a.unread(), []);
});

Deno.test("a subscription id may be 64 characters of any script", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const id = `"\\☃${"x".repeat(61)}`;
  const event = makeEvent();
  await client.publish(event);
  assert.deepEqual(idsOf(await client.subscribe(id, { ids: [event.id] })), [event.id]);
});

Deno.test("events are still there when the relay is started again", async () => {
  await using first = await startTestRelay({ fsync: "full" });
  const event = makeEvent({ tags: [["t", "kept"]] });
  {
    await using client = await first.connect();
    await client.publish(event);
  }
  await first.stop();
  await using second = await startTestRelay({ dbPath: first.dbPath });
  await using client = await second.connect();
  assert.deepEqual(await client.query({ "#t": ["kept"] }), [event]);
  assert.match((await client.publish(event))[1], /^duplicate: /);
});

Deno.test("members that NIP-01 does not know are not stored", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const event = makeEvent();
  await client.publish({ ...event, extra: "x".repeat(1000) } as typeof event);
  assert.deepEqual(await client.query({ ids: [event.id] }), [event]);
});

Deno.test("at a stop every socket gets 1001, and what was sent before is answered", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const author = newPerson();
  const events = Array.from(
    { length: 40 },
    (_, i) => makeEvent({ created_at: nowS() - i }, author.secret),
  );
  await client.publish(events[0]!);
  const answers = events.slice(1).map((event) => client.publish(event));
  await client.sync();
  await relay.stop();
  assert.ok((await Promise.all(answers)).every(([accepted]) => accepted));
  assert.equal(await client.ended, 1001);
});

Deno.test("a stopped relay takes no connections, and stopping again is harmless", async () => {
  await using relay = await startTestRelay();
  await relay.stop();
  await relay.stop();
  await assert.rejects(relay.connect(), /refused/);
});
