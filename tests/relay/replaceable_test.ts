import assert from "node:assert/strict";
import type { NostrEvent } from "../../protocol/nostr_event.ts";
import { idsOf, makeEvent, newPerson, nowS } from "./support/events.ts";
import { startTestRelay } from "./support/test_relay.ts";

const T = nowS() - 10_000;

for (const kind of [0, 3, 10_000, 10_002, 19_999]) {
  Deno.test(`of kind ${kind} only an author's newest event is kept`, async () => {
    await using relay = await startTestRelay();
    await using client = await relay.connect();
    const [alice, bob] = [newPerson(), newPerson()];
    const old = makeEvent({ kind, created_at: T, tags: [["t", "x"]] }, alice.secret);
    const newest = makeEvent({ kind, created_at: T + 1, tags: [["t", "x"]] }, alice.secret);
    const others = makeEvent({ kind, created_at: T, tags: [["t", "x"]] }, bob.secret);
    for (const event of [old, newest, others]) {
      assert.deepEqual(await client.publish(event), [true, ""]);
    }
    const kept = [newest.id, others.id];
    assert.deepEqual(idsOf(await client.query({ kinds: [kind] })), kept);
    assert.deepEqual(idsOf(await client.query({ "#t": ["x"] })), kept);
    assert.deepEqual(await client.query({ ids: [old.id] }), []);
  });
}

Deno.test("an older replaceable event is refused as long as a newer one is there", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const alice = newPerson();
  const newest = makeEvent({ kind: 0, created_at: T + 1 }, alice.secret);
  const old = makeEvent({ kind: 0, created_at: T }, alice.secret);
  await client.publish(newest);
  const [accepted, message] = await client.publish(old);
  assert.equal(accepted, false);
  assert.match(message, /^duplicate: a newer version/);
  assert.deepEqual(idsOf(await client.query({ authors: [alice.pubkey] })), [newest.id]);
});

Deno.test("of two replaceable events of one second the lowest id stays, whichever came first", async () => {
  const alice = newPerson();
  const pair = ["a", "b"].map((content) =>
    makeEvent({ kind: 0, created_at: T, content }, alice.secret)
  );
  const [lowest] = idsOf(pair).sort();
  for (const order of [pair, pair.toReversed()]) {
    await using relay = await startTestRelay();
    await using client = await relay.connect();
    for (const event of order) await client.publish(event);
    assert.deepEqual(idsOf(await client.query({ kinds: [0] })), [lowest]);
  }
});

Deno.test("addressable events replace each other by kind, author and d tag", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const [alice, bob] = [newPerson(), newPerson()];
  const make = (secret: Uint8Array, created_at: number, d: string[][]): NostrEvent =>
    makeEvent({ kind: 30_023, created_at, tags: d }, secret);
  const old = make(alice.secret, T, [["d", "a"]]);
  const kept = [
    make(alice.secret, T + 4, [["d", "a"]]),
    make(alice.secret, T + 3, [["d", "b"]]),
    make(bob.secret, T + 2, [["d", "a"]]),
    make(alice.secret, T + 1, [["d", ""]]),
  ];
  const withoutD = make(alice.secret, T, []);
  for (const event of [old, withoutD, ...kept]) await client.publish(event);
  assert.deepEqual(idsOf(await client.query({ kinds: [30_023] })), idsOf(kept));
  assert.deepEqual(
    idsOf(await client.query({ kinds: [30_023], "#d": ["a"] })),
    [kept[0]!.id, kept[2]!.id],
  );
});

for (const kind of [20_000, 29_999]) {
  Deno.test(`events of the ephemeral kind ${kind} go to live readers and are not stored`, async () => {
    await using relay = await startTestRelay();
    await using client = await relay.connect();
    await using reader = await relay.connect();
    await reader.subscribe("s", { kinds: [kind] });
    const event = makeEvent({ kind });
    assert.deepEqual(await client.publish(event), [true, ""]);
    assert.deepEqual(await reader.live("s"), event);
    assert.deepEqual(await client.query({ ids: [event.id] }), []);
  });
}

Deno.test("regular kinds of one author are all kept", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const alice = newPerson();
  const events = [1, 1, 4_999, 9_999, 40_000].map((kind, i) =>
    makeEvent({ kind, created_at: T - i }, alice.secret)
  );
  for (const event of events) await client.publish(event);
  assert.deepEqual(idsOf(await client.query({ authors: [alice.pubkey] })), idsOf(events));
});

Deno.test("subscribers are not told of a replaceable event that was refused", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const alice = newPerson();
  await client.publish(makeEvent({ kind: 0, created_at: T + 1 }, alice.secret));
  await client.subscribe("s", { kinds: [0], limit: 0 });
  await client.publish(makeEvent({ kind: 0, created_at: T }, alice.secret));
  await client.sync();
  assert.deepEqual(client.unread(), []);
});
