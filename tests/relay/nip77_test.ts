import assert from "node:assert/strict";
import { KIND, type NostrEvent } from "../../protocol/nostr_event.ts";
import { idsOf, makeEvent, newPerson, nowS, randomHex } from "./support/events.ts";
import {
  type Item,
  namedIn,
  negAnswer,
  negotiate,
  openingMessage,
  reconcile,
  refusedNegotiation,
} from "./support/negentropy_client.ts";
import { publishAll, publishInOrder } from "./support/publish.ts";
import { startTestRelay } from "./support/test_relay.ts";

const T = nowS() - 10_000;
const CLOSED = /^closed: /;

/** Notes of one author, five of each second. */
function notes(length: number, secret = newPerson().secret): NostrEvent[] {
  return Array.from(
    { length },
    (_, i) => makeEvent({ created_at: T + Math.floor(i / 5), content: `${i}` }, secret),
  );
}

/** Events that the relay does not have, among the times of those that it has. */
function unknownItems(length: number): Item[] {
  return Array.from({ length }, (_, i) => ({ id: randomHex(), created_at: T + i }));
}

const both = notes(60);
const relayOnly = notes(25);
const clientOnly = unknownItems(25);

const CASES: [string, { relay: NostrEvent[]; client: Item[] }][] = [
  ["nothing on either side", { relay: [], client: [] }],
  ["nothing in the relay", { relay: [], client: clientOnly }],
  ["nothing in the client", { relay: relayOnly, client: [] }],
  ["the same few on both sides", { relay: relayOnly, client: relayOnly }],
  ["the same many on both sides", { relay: both, client: both }],
  ["nothing in common", { relay: relayOnly, client: clientOnly }],
  ["much, and nothing in common", { relay: both, client: unknownItems(60) }],
  ["more in the relay", { relay: [...both, ...relayOnly], client: both }],
  ["more in the client", { relay: both, client: [...both, ...clientOnly] }],
  ["something else on each side", {
    relay: [...both, ...relayOnly],
    client: [...both, ...clientOnly],
  }],
];

for (const [name, { relay: there, client: here }] of CASES) {
  Deno.test(`with ${name} each side's own are found`, async () => {
    await using relay = await startTestRelay();
    await using client = await relay.connect();
    await publishAll(client, there);
    const ids = { there: new Set(idsOf(there)), here: new Set(here.map(({ id }) => id)) };
    const { have, need } = await reconcile(client, { filter: { kinds: [1] }, items: here });
    assert.deepEqual(have, [...ids.here].filter((id) => !ids.there.has(id)).sort());
    assert.deepEqual(need, [...ids.there].filter((id) => !ids.here.has(id)).sort());
  });
}

Deno.test("of 3,000 events the 500 that one side lacks are found, and none else, by messages of any size", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const all = notes(2_750);
  await publishAll(client, all);
  // Spread over all times, and in pairs of one second.
  const missing = all.filter((_, i) => i % 11 === 0);
  const own = Array.from({ length: 250 }, (_, i) => ({ id: randomHex(), created_at: T + i * 2 }));
  const items = [...all.filter((_, i) => i % 11 !== 0), ...own];
  const expected = {
    have: own.map(({ id }) => id).sort(),
    need: idsOf(missing).sort(),
  };
  assert.equal(expected.need.length, 250);
  const filter = { kinds: [1] };
  const { rounds, ...found } = await reconcile(client, { filter, items });
  assert.deepEqual(found, expected);
  assert.ok(rounds < 8, `${rounds} rounds`);
  const { rounds: _, ...inParts } = await reconcile(client, {
    filter,
    items,
    frameSizeLimit: 4096,
  });
  assert.deepEqual(inParts, expected);
  assert.deepEqual((await reconcile(client, { filter })).need, idsOf(all).sort());
  const stored = await client.query({ ids: expected.need });
  assert.deepEqual(idsOf(stored).sort(), expected.need);
});

Deno.test("after both sides gave what the other lacks there is nothing left", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const [common, there, here] = [notes(40), notes(12), notes(9)];
  await publishAll(client, [...common, ...there]);
  const filter = { kinds: [1] };
  const own = new Map([...common, ...here].map((event) => [event.id, event]));
  const { have, need } = await reconcile(client, { filter, items: [...own.values()] });
  await publishAll(client, have.map((id) => own.get(id)!));
  for (const event of await client.query({ ids: need })) own.set(event.id, event);
  const { rounds: _, ...left } = await reconcile(client, { filter, items: [...own.values()] });
  assert.deepEqual(left, { have: [], need: [] });
  assert.equal(own.size, 61);
});

Deno.test("only events of the filter are negotiated", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const [alice, bob] = [newPerson(), newPerson()];
  const events = [alice, bob].flatMap(({ secret }) =>
    [1, 7].flatMap((kind) =>
      [0, 1].map((i) => makeEvent({ kind, created_at: T + i, tags: [["t", `${i}`]] }, secret))
    )
  );
  await publishInOrder(client, ...events);
  const cases: [Record<string, unknown>, (event: NostrEvent) => boolean][] = [
    [{}, () => true],
    [{ kinds: [7] }, ({ kind }) => kind === 7],
    [{ authors: [alice.pubkey] }, ({ pubkey }) => pubkey === alice.pubkey],
    [{ since: T + 1 }, ({ created_at }) => created_at === T + 1],
    [{ until: T }, ({ created_at }) => created_at === T],
    [{ "#t": ["1"], kinds: [1] }, ({ kind, created_at }) => kind === 1 && created_at === T + 1],
    [{ ids: [events[3]!.id, randomHex()] }, ({ id }) => id === events[3]!.id],
    [{ kinds: [3] }, () => false],
  ];
  for (const [filter, fits] of cases) {
    const { need } = await reconcile(client, { filter });
    assert.deepEqual(need, idsOf(events.filter(fits)).sort(), JSON.stringify(filter));
  }
});

Deno.test("replaced, deleted, vanished and ephemeral events are not negotiated", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const [alice, bob] = [newPerson(), newPerson()];
  const by = (kind: number, created_at: number, tags: string[][] = []) =>
    makeEvent({ kind, created_at, tags }, alice.secret);
  const [old, profile, note, ephemeral] = [by(0, T), by(0, T + 1), by(1, T), by(20_001, T)];
  const deletion = by(KIND.deletion, T + 1, [["e", note.id]]);
  await publishInOrder(client, old, profile, note, ephemeral, deletion);
  const vanish = { kind: KIND.vanish, tags: [["relay", "ALL_RELAYS"]] };
  const request = makeEvent(vanish, bob.secret);
  await publishInOrder(client, makeEvent({ created_at: T }, bob.secret), request);
  const { need } = await reconcile(client, { filter: {} });
  assert.deepEqual(need, idsOf([profile, deletion, request]).sort());
});

Deno.test("after NEG-CLOSE the session is gone", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  await negotiate(client, "NEG-OPEN", "n", {}, openingMessage());
  client.send("NEG-CLOSE", "n");
  assert.match(await refusedNegotiation(client, "NEG-MSG", "n", openingMessage()), CLOSED);
  client.send("NEG-CLOSE", "n");
  client.send("NEG-CLOSE", "unknown");
  await client.sync();
  assert.deepEqual(client.unread(), []);
});

Deno.test("a NEG-MSG for an id that was never opened, or is another connection's, is closed:", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  await using other = await relay.connect();
  await negotiate(client, "NEG-OPEN", "n", {}, openingMessage());
  for (const id of ["n", "never"]) {
    assert.match(await refusedNegotiation(other, "NEG-MSG", id, openingMessage()), CLOSED);
  }
  await negotiate(client, "NEG-MSG", "n", openingMessage());
});

Deno.test("a second NEG-OPEN of the same id takes the place of the first", async () => {
  await using relay = await startTestRelay({ limits: { maxNegotiations: 1 } });
  await using client = await relay.connect();
  const [note, reaction] = [makeEvent(), makeEvent({ kind: 7 })];
  await publishInOrder(client, note, reaction);
  const first = await negotiate(client, "NEG-OPEN", "n", { kinds: [1] }, openingMessage());
  assert.deepEqual(namedIn(first), [note.id]);
  const second = await negotiate(client, "NEG-OPEN", "n", { kinds: [7] }, openingMessage());
  assert.deepEqual(namedIn(second), [reaction.id]);
  const third = await negotiate(client, "NEG-MSG", "n", openingMessage());
  assert.deepEqual(namedIn(third), [reaction.id]);
});

Deno.test("sessions and subscriptions may have the same id, and one does not end the other", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const note = makeEvent();
  await publishInOrder(client, note);
  await client.subscribe("x", { kinds: [7] });
  await negotiate(client, "NEG-OPEN", "x", { kinds: [1] }, openingMessage());
  const [first, second] = [makeEvent({ kind: 7 }), makeEvent({ kind: 7 })];
  await publishInOrder(client, first);
  assert.deepEqual(await client.live("x"), first);
  client.send("CLOSE", "x");
  const answer = await negotiate(client, "NEG-MSG", "x", openingMessage());
  assert.deepEqual(namedIn(answer), [note.id]);
  assert.equal((await client.subscribe("x", { kinds: [7] })).length, 1);
  client.send("NEG-CLOSE", "x");
  await publishInOrder(client, second);
  assert.deepEqual(await client.live("x"), second);
  assert.match(await refusedNegotiation(client, "NEG-MSG", "x", openingMessage()), CLOSED);
});

Deno.test("several sessions of one connection go on beside each other", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const kinds = [1, 7, 9, 11];
  const events = kinds.map((kind) => makeEvent({ kind }));
  await publishInOrder(client, ...events);
  for (const kind of kinds) {
    client.send("NEG-OPEN", `n${kind}`, { kinds: [kind] }, openingMessage());
  }
  for (const [index, kind] of kinds.entries()) {
    const [verb, , message] = await negAnswer(client, `n${kind}`);
    assert.equal(verb, "NEG-MSG");
    assert.deepEqual(namedIn(message as string), [events[index]!.id]);
  }
});
