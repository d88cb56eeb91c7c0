import assert from "node:assert/strict";
import { idsOf, makeEvent, newPerson, nowS, randomHex } from "./support/events.ts";
import { startTestRelay } from "./support/test_relay.ts";
import type { TestClient } from "./support/test_client.ts";
import type { NostrEvent } from "../../protocol/nostr_event.ts";

const T = nowS() - 10_000;

async function store(client: TestClient, events: readonly NostrEvent[]): Promise<void> {
  for (const event of events) assert.equal((await client.publish(event))[0], true);
}

/** Notes a second apart, the oldest first. */
function series(count: number, template: Partial<NostrEvent> = {}): NostrEvent[] {
  return Array.from(
    { length: count },
    (_, i) => makeEvent({ created_at: T + i, content: `${i}`, ...template }),
  );
}

Deno.test("ids: just those", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const events = series(4);
  await store(client, events);
  const ids = [events[2]!.id, events[0]!.id, randomHex()];
  assert.deepEqual(idsOf(await client.query({ ids })), [events[2]!.id, events[0]!.id]);
});

Deno.test("authors: every kind of an author, and nobody else's", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const [alice, bob, carol] = [newPerson(), newPerson(), newPerson()];
  const own = [
    makeEvent({ kind: 1, created_at: T + 3 }, alice.secret),
    makeEvent({ kind: 7, created_at: T + 2 }, bob.secret),
    makeEvent({ kind: 1984, created_at: T + 1 }, alice.secret),
  ];
  await store(client, [...own, makeEvent({ created_at: T }, carol.secret)]);
  assert.deepEqual(
    idsOf(await client.query({ authors: [alice.pubkey, bob.pubkey] })),
    idsOf(own),
  );
  assert.deepEqual(
    idsOf(await client.query({ authors: [alice.pubkey], kinds: [1, 7] })),
    [own[0]!.id],
  );
});

Deno.test("kinds: several, merged by time", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const events = [1, 7, 1, 42, 7].map((kind, i) => makeEvent({ kind, created_at: T - i }));
  await store(client, events);
  const expected = events.filter(({ kind }) => kind !== 42);
  assert.deepEqual(idsOf(await client.query({ kinds: [7, 1] })), idsOf(expected));
});

Deno.test("tags: any of the values, all of the tag names, the first value alone", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const both = makeEvent({ created_at: T + 3, tags: [["t", "red"], ["x", "1"]] });
  const other = makeEvent({ created_at: T + 2, tags: [["t", "blue"], ["x", "1"]] });
  const second = makeEvent({ created_at: T + 1, tags: [["t", "green", "red"]] });
  const upper = makeEvent({ created_at: T, tags: [["T", "red"]] });
  await store(client, [both, other, second, upper]);
  const ask = async (filter: unknown) => idsOf(await client.query(filter));
  assert.deepEqual(await ask({ "#t": ["red"] }), [both.id]);
  assert.deepEqual(await ask({ "#t": ["red", "blue"] }), [both.id, other.id]);
  assert.deepEqual(await ask({ "#t": ["red", "green"], "#x": ["1"] }), [both.id]);
  assert.deepEqual(await ask({ "#T": ["red"] }), [upper.id]);
});

Deno.test("tags: values as long as an event allows are told apart", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const [a, b] = [`${"x".repeat(20_000)}a`, `${"x".repeat(20_000)}b`];
  const event = makeEvent({ tags: [["t", a]] });
  await store(client, [event, makeEvent({ tags: [["t", b]] })]);
  assert.deepEqual(idsOf(await client.query({ "#t": [a] })), [event.id]);
});

Deno.test("tags: names of more than one letter are not asked for", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const event = makeEvent({ tags: [["subject", "x"]] });
  await store(client, [event]);
  assert.deepEqual(
    idsOf(await client.query({ "#subject": ["y"], ids: [event.id] })),
    [event.id],
  );
});

Deno.test("since and until include their own second", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const events = series(5);
  await store(client, events);
  const ask = async (filter: unknown) =>
    (await client.query(filter)).map(({ content }) => content).join("");
  assert.equal(await ask({ kinds: [1], since: T + 2 }), "432");
  assert.equal(await ask({ kinds: [1], until: T + 2 }), "210");
  assert.equal(await ask({ since: T + 1, until: T + 3 }), "321");
  assert.equal(await ask({ ids: idsOf(events), since: T + 1, until: T + 1 }), "1");
  assert.equal(await ask({ since: T + 3, until: T + 1 }), "");
});

Deno.test("limit cuts the oldest, and each filter has its own", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const notes = series(4);
  const reactions = series(4, { kind: 7 });
  await store(client, [...notes, ...reactions]);
  const newestTwo = await client.query({ kinds: [1], limit: 2 });
  assert.deepEqual(idsOf(newestTwo), [notes[3]!.id, notes[2]!.id]);
  const mixed = await client.query({ kinds: [1], limit: 1 }, { kinds: [7], limit: 2 });
  assert.deepEqual(
    idsOf(mixed).sort(),
    [notes[3]!.id, reactions[3]!.id, reactions[2]!.id].sort(),
  );
});

Deno.test("limit 0 asks for no stored events and stays live", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  await store(client, series(2));
  assert.deepEqual(await client.subscribe("s", { kinds: [1], limit: 0 }), []);
  const event = makeEvent();
  await client.publish(event);
  assert.deepEqual(await client.live("s"), event);
});

Deno.test("an event that fits several filters of a REQ comes once", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const author = newPerson();
  const event = makeEvent({ tags: [["t", "a"], ["t", "b"], ["t", "a"]] }, author.secret);
  await store(client, [event]);
  const filters = [
    { kinds: [1] },
    { authors: [author.pubkey] },
    { ids: [event.id, event.id] },
    { "#t": ["a", "b"] },
    {},
  ];
  assert.deepEqual(idsOf(await client.subscribe("s", ...filters)), [event.id]);
  const live = makeEvent({ tags: [["t", "a"], ["t", "b"]] }, author.secret);
  await client.publish(live);
  assert.deepEqual(await client.live("s"), live);
  await client.sync();
  assert.deepEqual(client.unread(), []);
});

Deno.test("newest come first, and of the same second the lowest id", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const same = Array.from({ length: 12 }, (_, i) => makeEvent({ created_at: T, content: `${i}` }));
  const newer = makeEvent({ created_at: T + 1 });
  const older = makeEvent({ created_at: T - 1 });
  await store(client, [older, ...same, newer]);
  const expected = [newer.id, ...idsOf(same).sort(), older.id];
  assert.deepEqual(idsOf(await client.query({})), expected);
  assert.deepEqual(idsOf(await client.query({ kinds: [1], limit: 5 })), expected.slice(0, 5));
  const backwards = expected.toReversed();
  assert.deepEqual(idsOf(await client.query({ ids: backwards, limit: 5 })), expected.slice(0, 5));
});

Deno.test("an empty filter asks for everything, an empty list for nothing", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const events = series(3);
  await store(client, events);
  assert.equal((await client.query({})).length, 3);
  for (const filter of [{ ids: [] }, { authors: [] }, { kinds: [] }, { "#t": [] }]) {
    assert.deepEqual(await client.query(filter), [], JSON.stringify(filter));
  }
});

Deno.test("members of a filter that NIP-01 does not know are passed over", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const [event] = series(1);
  await store(client, [event!]);
  assert.deepEqual(idsOf(await client.query({ kinds: [1], search: "x", "&t": ["y"] })), [
    event!.id,
  ]);
});

Deno.test("a large answer is paged through by until without a gap", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const author = newPerson();
  const events = Array.from(
    { length: 60 },
    (_, i) => makeEvent({ created_at: T + i }, author.secret),
  );
  await store(client, events);
  const seen: string[] = [];
  for (let until = T + 100;;) {
    const page = await client.query({ authors: [author.pubkey], until, limit: 7 });
    if (page.length === 0) break;
    seen.push(...idsOf(page));
    until = page.at(-1)!.created_at - 1;
  }
  assert.deepEqual(seen, idsOf(events).reverse());
});
