import assert from "node:assert/strict";
import { idsOf, makeEvent, newPerson, nowS } from "./support/events.ts";
import { startTestRelay } from "./support/test_relay.ts";

Deno.test("a live event goes to every subscription it fits, and to no other", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const author = newPerson();
  const event = makeEvent({ tags: [["t", "x"], ["p", "0".repeat(64)]] }, author.secret);
  const fitting: Record<string, unknown> = {
    everything: {},
    kind: { kinds: [1] },
    author: { authors: [author.pubkey] },
    id: { ids: [event.id] },
    tag: { "#t": ["x"] },
    p: { "#p": ["0".repeat(64)] },
    mixed: { kinds: [1, 2], authors: [author.pubkey], "#t": ["y", "x"], since: nowS() - 60 },
  };
  const others: Record<string, unknown> = {
    otherKind: { kinds: [2] },
    otherAuthor: { authors: [newPerson().pubkey], kinds: [1] },
    otherTag: { "#t": ["y"], kinds: [1] },
    otherTagName: { "#x": ["x"] },
    past: { kinds: [1], until: nowS() - 60 },
    future: { kinds: [1], since: nowS() + 60 },
    nothing: { kinds: [] },
  };
  for (const [id, filter] of Object.entries({ ...fitting, ...others })) {
    await client.subscribe(id, filter);
  }
  await client.publish(event);
  for (const id of Object.keys(fitting)) assert.deepEqual(await client.live(id), event, id);
  await client.sync();
  assert.deepEqual(client.unread(), []);
});

Deno.test("the author of an event is told of it on an own subscription, once", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  await client.subscribe("s", { kinds: [1] });
  const event = makeEvent();
  await client.publish(event);
  assert.deepEqual(await client.live("s"), event);
  await client.publish(event);
  await client.sync();
  assert.deepEqual(client.unread(), []);
});

Deno.test("refused events are not told of", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  await client.subscribe("s", {});
  const event = makeEvent();
  assert.equal((await client.publish({ ...event, sig: makeEvent().sig }))[0], false);
  assert.equal((await client.publish({ ...event, content: "changed" }))[0], false);
  await client.sync();
  assert.deepEqual(client.unread(), []);
});

Deno.test("live events come in the order in which they were accepted", async () => {
  await using relay = await startTestRelay();
  await using reader = await relay.connect();
  await using writer = await relay.connect();
  await reader.subscribe("s", { kinds: [1] });
  const events = Array.from({ length: 50 }, (_, i) => makeEvent({ content: `${i}` }));
  const accepted: string[] = [];
  await Promise.all(events.map(async (event) => {
    await writer.publish(event);
    accepted.push(event.id);
  }));
  const seen: string[] = [];
  for (let i = 0; i < events.length; i++) seen.push((await reader.live("s")).id);
  assert.deepEqual(seen, accepted);
});

Deno.test("subscribing while events pour in misses none and gets none twice", async () => {
  await using relay = await startTestRelay();
  await using writer = await relay.connect();
  await using reader = await relay.connect();
  const secret = newPerson().secret;
  const events = Array.from(
    { length: 400 },
    (_, i) => makeEvent({ content: `${i}`, created_at: nowS() - 400 + i }, secret),
  );
  const counts = new Map<string, Map<string, number>>();
  reader.socket.on("message", (data) => {
    const [verb, id, event] = JSON.parse(data.toString());
    if (verb !== "EVENT") return;
    const seen = counts.get(id) ?? counts.set(id, new Map()).get(id)!;
    seen.set(event.id, (seen.get(event.id) ?? 0) + 1);
  });
  const publishing = Promise.all(events.map((event) => writer.publish(event)));
  let subscriptions = 0;
  let isDone = false;
  void publishing.then(() => isDone = true);
  while (!isDone && subscriptions < 60) {
    subscriptions += 1;
    await reader.subscribe(`s${subscriptions}`, { kinds: [1] }, { since: nowS() - 1_000 });
  }
  await publishing;
  await reader.sync();
  assert.ok(subscriptions > 1);
  for (let i = 1; i <= subscriptions; i++) {
    const seen = counts.get(`s${i}`)!;
    assert.equal(seen.size, events.length, `s${i}`);
    assert.ok([...seen.values()].every((count) => count === 1), `s${i}`);
  }
});

Deno.test("one event reaches two hundred subscribers", async () => {
  await using relay = await startTestRelay();
  await using writer = await relay.connect();
  const readers = await Promise.all(Array.from({ length: 200 }, () => relay.connect()));
  await Promise.all(readers.map((reader) => reader.subscribe("s", { kinds: [1] })));
  const event = makeEvent();
  await writer.publish(event);
  const seen = await Promise.all(readers.map((reader) => reader.live("s")));
  assert.deepEqual(new Set(idsOf(seen)), new Set([event.id]));
  await Promise.all(readers.map((reader) => reader[Symbol.asyncDispose]()));
});

Deno.test("a reader that goes away takes its subscriptions along and disturbs nobody", async () => {
  await using relay = await startTestRelay();
  await using writer = await relay.connect();
  await using staying = await relay.connect();
  const leaving = await relay.connect();
  for (const client of [staying, leaving]) await client.subscribe("s", { kinds: [1] });
  leaving.socket.terminate();
  await leaving.ended;
  const event = makeEvent();
  assert.deepEqual(await writer.publish(event), [true, ""]);
  assert.deepEqual(await staying.live("s"), event);
});

Deno.test("a peer that answers no ping is disconnected, one that does stays", async () => {
  await using relay = await startTestRelay({ limits: { pingIntervalMs: 200 } });
  await using dead = await relay.connect({ autoPong: false });
  await using alive = await relay.connect();
  assert.equal(await dead.ended, 1006);
  await alive.sync();
  assert.deepEqual(await alive.publish(makeEvent()), [true, ""]);
});
