import assert from "node:assert/strict";
import { KIND } from "../../protocol/nostr_event.ts";
import { count, refusedCount } from "./support/count.ts";
import { idsOf, makeEvent, makeMail, makePrivate, newPerson, nowS } from "./support/events.ts";
import { publishAll, publishInOrder } from "./support/publish.ts";
import { startTestRelay } from "./support/test_relay.ts";

const T = nowS() - 10_000;

Deno.test("a COUNT gives the number of events that a filter finds", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const [alice, bob] = [newPerson(), newPerson()];
  const notes = [0, 1, 2].map((i) =>
    makeEvent({ created_at: T + i, tags: [["t", i === 1 ? "x" : "y"]] }, alice.secret)
  );
  const others = [1, 7].map((kind) => makeEvent({ kind, created_at: T + 5 }, bob.secret));
  await publishInOrder(client, ...notes, ...others);
  const expected: [Record<string, unknown>, number][] = [
    [{}, 5],
    [{ kinds: [1] }, 4],
    [{ kinds: [1, 7] }, 5],
    [{ authors: [alice.pubkey] }, 3],
    [{ authors: [bob.pubkey], kinds: [7] }, 1],
    [{ "#t": ["x"] }, 1],
    [{ "#t": ["x", "y", "y"] }, 3],
    [{ ids: idsOf([...notes, notes[0]!]) }, 3],
    [{ since: T + 2 }, 3],
    [{ since: T + 1, until: T + 2 }, 2],
    [{ kinds: [3] }, 0],
    [{ kinds: [] }, 0],
    [{ authors: [newPerson().pubkey] }, 0],
    [{ since: T + 2, until: T + 1 }, 0],
  ];
  for (const [filter, number] of expected) {
    assert.equal(await count(client, filter), number, JSON.stringify(filter));
  }
});

Deno.test("of several filters each event counts once", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const alice = newPerson();
  const events = [1, 1, 7, 30_023].map((kind, i) =>
    makeEvent({ kind, created_at: T + i }, alice.secret)
  );
  await publishInOrder(client, ...events, makeEvent({ kind: 6 }));
  const by = { authors: [alice.pubkey] };
  assert.equal(await count(client, { kinds: [1] }, { kinds: [7] }), 3);
  assert.equal(await count(client, { kinds: [1] }, by), 4);
  assert.equal(await count(client, by, by, { kinds: [1] }, { ids: [events[0]!.id] }), 4);
  assert.equal(await count(client, {}, by), 5);
  assert.equal(await count(client, { kinds: [3] }, { kinds: [4_444] }), 0);
  assert.equal(await count(client, { kinds: [3] }, { ids: [events[3]!.id] }), 1);
});

Deno.test("a COUNT goes beyond the most events that one REQ gives", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const { secret } = newPerson();
  const events = Array.from(
    { length: 620 },
    (_, i) => makeEvent({ created_at: T + i % 7, content: `${i}` }, secret),
  );
  await publishAll(client, events);
  assert.equal((await client.query({ kinds: [1] })).length, 500);
  assert.equal(await count(client, { kinds: [1] }), 620);
  assert.equal(
    await count(client, { kinds: [1] }, { since: T }, { ids: idsOf(events.slice(3, 9)) }),
    620,
  );
});

Deno.test("a filter's limit bounds what it counts", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const notes = Array.from({ length: 5 }, (_, i) => makeEvent({ created_at: T + i }));
  await publishInOrder(client, ...notes, makeEvent({ kind: 7 }));
  assert.equal(await count(client, { kinds: [1], limit: 2 }), 2);
  assert.equal(await count(client, { kinds: [1], limit: 100 }), 5);
  assert.equal(await count(client, { kinds: [1], limit: 2 }, { kinds: [7], limit: 2 }), 3);
});

Deno.test("what may be counted without bound ends at a number that is called approximate", async () => {
  await using relay = await startTestRelay({ limits: { maxCount: 3 } });
  await using client = await relay.connect();
  await publishInOrder(client, makeEvent(), makeEvent());
  assert.equal(await count(client, {}), 2);
  await publishInOrder(client, makeEvent(), makeEvent());
  client.send("COUNT", "c", {});
  assert.deepEqual(await client.next(([verb]) => verb === "COUNT"), [
    "COUNT",
    "c",
    { count: 3, approximate: true },
  ]);
});

Deno.test("private events count for their reader alone, in no mix of filters for anybody else", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const [reader, other] = [relay.member(), relay.member()];
  const note = makeEvent({ tags: [["q", reader.addr]] });
  const mail = Array.from({ length: 3 }, () => makeMail(reader.addr));
  await publishInOrder(client, note, ...mail, makePrivate(KIND.giftWrap, reader));
  const ask = () =>
    Promise.all([
      count(client, {}),
      count(client, { "#q": [reader.addr] }),
      count(client, { kinds: [4243] }, { kinds: [1] }),
      count(client, { ids: idsOf(mail) }),
      count(client, { ids: [mail[0]!.id] }, { authors: [mail[1]!.pubkey] }),
    ]);
  assert.deepEqual(await ask(), [1, 1, 1, 0, 0]);
  assert.match(await refusedCount(client, { kinds: [4243] }), /^auth-required: /);
  await client.auth(other.secret);
  assert.deepEqual(await ask(), [1, 1, 1, 0, 0]);
  assert.equal(await count(client, { kinds: [4243, 1059] }), 0);
  await client.auth(reader.secret);
  assert.deepEqual(await ask(), [5, 4, 4, 3, 2]);
  assert.equal(await count(client, { kinds: [4243, 1059] }), 4);
});

Deno.test("replaced, deleted and ephemeral events do not count", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const alice = newPerson();
  const note = makeEvent({ created_at: T }, alice.secret);
  const profiles = [0, 1, 2].map((i) => makeEvent({ kind: 0, created_at: T + i }, alice.secret));
  await publishInOrder(client, note, ...profiles, makeEvent({ kind: 20_001 }, alice.secret));
  assert.equal(await count(client, { authors: [alice.pubkey] }), 2);
  const tags = [["e", note.id]];
  await publishInOrder(client, makeEvent({ kind: KIND.deletion, tags }, alice.secret));
  assert.equal(await count(client, { kinds: [1] }), 0);
  assert.equal(await count(client, { ids: [note.id] }), 0);
  assert.equal(await count(client, { authors: [alice.pubkey] }), 2);
});

const SHAPES: [string, unknown[]][] = [
  ["no filter", []],
  ["a filter that is a list", [[]]],
  ["a filter that is a text", ["kinds"]],
  ["a filter that is null", [null]],
  ["kinds that are texts", [{ kinds: ["1"] }]],
  ["an id that is no hex", [{ ids: ["x"] }]],
  ["a negative limit", [{ limit: -1 }]],
  ["a since that is a text", [{ since: "now" }]],
  ["a good filter before a bad one", [{ kinds: [1] }, { authors: "x" }]],
  ["21 filters", Array.from({ length: 21 }, (_, i) => ({ kinds: [i] }))],
];

for (const [name, filters] of SHAPES) {
  Deno.test(`a COUNT with ${name} is refused`, async () => {
    await using relay = await startTestRelay();
    await using client = await relay.connect();
    assert.match(await refusedCount(client, ...filters), /^invalid: /);
    assert.equal(await count(client, {}), 0);
  });
}

for (const [name, id] of [["no text", 1], ["empty", ""], ["65 characters", "x".repeat(65)]]) {
  Deno.test(`a COUNT whose id is ${name} is not counted`, async () => {
    await using relay = await startTestRelay();
    await using client = await relay.connect();
    client.send("COUNT", id, {});
    const [verb, ...rest] = await client.next();
    assert.ok(verb === "NOTICE" || verb === "CLOSED", verb);
    assert.match(rest.at(-1) as string, /^invalid: /);
  });
}

Deno.test("a COUNT opens no subscription, and disturbs none of the same id", async () => {
  await using relay = await startTestRelay({ limits: { maxSubscriptions: 1 } });
  await using client = await relay.connect();
  for (const id of ["a", "b", "s"]) {
    client.send("COUNT", id, {});
    await client.next(([verb, about]) => verb === "COUNT" && about === id);
  }
  await client.publish(makeEvent());
  assert.deepEqual(client.unread(), []);
  await client.subscribe("s", { kinds: [7] });
  client.send("COUNT", "s", { kinds: [1] });
  assert.deepEqual(await client.next(), ["COUNT", "s", { count: 1 }]);
  const event = makeEvent({ kind: 7 });
  await client.publish(event);
  assert.deepEqual(await client.live("s"), event);
});
