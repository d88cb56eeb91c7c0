import assert from "node:assert/strict";
import { KIND, type NostrEvent } from "../../protocol/nostr_event.ts";
import { assertLearns, filtersFor } from "./support/asking.ts";
import {
  makeEvent,
  makeMail,
  makePrivate,
  newPerson,
  nowS,
  type Person,
  randomHex,
} from "./support/events.ts";
import {
  type Item,
  namedIn,
  negAnswer,
  negotiate,
  openingMessage,
} from "./support/negentropy_client.ts";
import { publishInOrder } from "./support/publish.ts";
import { startTestRelay, type TestRelay } from "./support/test_relay.ts";
import type { TestClient } from "./support/test_client.ts";

const STORED = [4, 1059, 4243, 4244];
const EPHEMERAL = [21_059, 24_243];
const PRIVATE = [...STORED, ...EPHEMERAL];
const BY_ADDR = [4243, 4244];

/** A connection that AUTHed as these people. */
async function connectAs(relay: TestRelay, ...people: Person[]): Promise<TestClient> {
  const client = await relay.connect();
  for (const { secret } of people) assert.deepEqual(await client.auth(secret), [true, ""]);
  return client;
}

/** A stored event that nobody may miss, in the very places where a private one would be found. */
function publicTwin(event: NostrEvent, secret: Uint8Array): NostrEvent {
  return makeEvent({ kind: 1, tags: event.tags, created_at: event.created_at }, secret);
}

for (const kind of STORED) {
  Deno.test(`kind ${kind}: only its reader learns of it, by whatever REQ, COUNT or NEG-OPEN`, async () => {
    await using relay = await startTestRelay();
    const [author, reader, other] = [newPerson(), relay.member(), relay.member()];
    const event = makePrivate(kind, reader, author.secret);
    const twin = publicTwin(event, author.secret);
    await using writer = await relay.connect();
    await publishInOrder(writer, event, twin);

    await using unauthed = await relay.connect();
    await using stranger = await connectAs(relay, newPerson());
    await using member = await connectAs(relay, other);
    await using own = await connectAs(relay, reader);
    await using both = await connectAs(relay, other, reader);
    for (const filter of filtersFor(event)) {
      const events = "ids" in filter ? [] : [twin];
      for (const [who, client] of Object.entries({ unauthed, stranger, member })) {
        await assertLearns(client, { filters: [filter], events, who });
      }
      for (const [who, client] of Object.entries({ own, both })) {
        await assertLearns(client, { filters: [filter], events: [...events, event], who });
      }
    }
    for (
      const { filters, events } of [
        { filters: [{ kinds: [7] }, { ids: [event.id] }, { kinds: [kind] }], events: [] },
        { filters: [{ kinds: [1] }, {}], events: [twin] },
      ]
    ) {
      await assertLearns(unauthed, { filters, events, who: "unauthed" });
      await assertLearns(member, { filters, events, who: "member" });
      await assertLearns(own, { filters, events: [...events, event], who: "own" });
    }
    assert.deepEqual(await own.query({ kinds: [kind] }), [event]);
  });
}

Deno.test("the author reads kind 4, and no other private kind", async () => {
  await using relay = await startTestRelay();
  const [author, reader] = [newPerson(), relay.member()];
  await using client = await connectAs(relay, author);
  await client.subscribe("live", { authors: [author.pubkey] });
  const events = PRIVATE.map((kind) => makePrivate(kind, reader, author.secret));
  const [direct] = events;
  await publishInOrder(client, ...events.toReversed());
  assert.deepEqual(await client.live("live"), direct);
  await client.sync();
  assert.deepEqual(client.unread(), []);
  for (const filter of [{}, { kinds: PRIVATE }, { authors: [author.pubkey] }, { kinds: [4] }]) {
    await assertLearns(client, { filters: [filter], events: [direct!] });
  }
  await assertLearns(client, { filters: [{ ids: events.map(({ id }) => id) }], events: [direct!] });
});

Deno.test("kind 4 between two members is read by both and by no third", async () => {
  await using relay = await startTestRelay();
  const [author, reader, third] = [relay.member(), relay.member(), relay.member()];
  await using a = await connectAs(relay, author);
  await using b = await connectAs(relay, reader);
  await using c = await connectAs(relay, third);
  const direct = makePrivate(4, reader, author.secret);
  await publishInOrder(c, direct);
  for (const filter of filtersFor(direct)) {
    await assertLearns(a, { filters: [filter], events: [direct], who: "author" });
    await assertLearns(b, { filters: [filter], events: [direct], who: "reader" });
    await assertLearns(c, { filters: [filter], events: [], who: "third" });
  }
});

for (const kind of PRIVATE) {
  Deno.test(`kind ${kind}: whatever is subscribed to, it goes live to its reader, from AUTH on, and to nobody else`, async () => {
    await using relay = await startTestRelay();
    const [reader, other] = [relay.member(), relay.member()];
    await using own = await relay.connect();
    await using stranger = await relay.connect();
    await using unauthed = await relay.connect();
    await using member = await connectAs(relay, other);
    await using writer = await relay.connect();
    const [before, after] = [makePrivate(kind, reader), makePrivate(kind, reader)];
    const questions = [
      ...filtersFor(after).map((filter) => [filter]),
      [{ ids: [before.id, after.id] }],
      [{ authors: [before.pubkey, after.pubkey] }],
      [{ kinds: [7] }, { kinds: [kind, 1] }],
    ];
    for (const client of [own, stranger, unauthed, member]) {
      for (const [i, filters] of questions.entries()) await client.subscribe(`${i}`, ...filters);
    }
    await publishInOrder(writer, before);
    await own.auth(reader.secret);
    await stranger.auth(other.secret);
    await publishInOrder(writer, after);
    for (const i of questions.keys()) assert.deepEqual(await own.live(`${i}`), after);
    for (const client of [own, stranger, unauthed, member]) {
      await client.sync();
      assert.deepEqual(client.unread(), []);
    }
  });
}

for (const kind of EPHEMERAL) {
  Deno.test(`kind ${kind} is live only: not stored, counted or negotiated, for its reader either`, async () => {
    await using relay = await startTestRelay();
    const reader = relay.member();
    await using own = await connectAs(relay, reader);
    await own.subscribe("s", { kinds: [kind] });
    const event = makePrivate(kind, reader);
    await publishInOrder(own, event);
    assert.deepEqual(await own.live("s"), event);
    for (const filter of [...filtersFor(event), { kinds: [kind] }]) {
      await assertLearns(own, { filters: [filter], events: [] });
    }
  });
}

Deno.test("one key that is registered for two addrs reads the mail of both", async () => {
  await using relay = await startTestRelay();
  const [reader, second] = [relay.member(), newPerson()];
  relay.members.register(second.addr, reader.pubkey);
  await using own = await connectAs(relay, reader);
  const mail = [makeMail(reader.addr), makeMail(second.addr)];
  await publishInOrder(own, ...mail);
  await assertLearns(own, { filters: [{ kinds: [4243] }], events: mail });
});

/** Events that no relay has. */
function someItems(length: number): Item[] {
  return Array.from({ length }, () => ({ id: randomHex(), created_at: nowS() }));
}

/** How a reader's key stops being the one that reads its mail. */
const LOSSES: [string, (relay: TestRelay, reader: Person) => void][] = [
  ["released", (relay, { addr }) => relay.members.release(addr)],
  [
    "replaced by another nostr key",
    (relay, { addr }) => relay.members.register(addr, newPerson().pubkey),
  ],
];

for (const [how, lose] of LOSSES) {
  Deno.test(`a key that is ${how} learns of no mail from then on: stored, counted, negotiated or live`, async () => {
    await using relay = await startTestRelay();
    const reader = relay.member();
    await using own = await connectAs(relay, reader);
    await using writer = await relay.connect();
    const mail = BY_ADDR.map((kind) => makePrivate(kind, reader));
    await own.subscribe("everything", {});
    await own.subscribe("by q", { "#q": [reader.addr] });
    await own.subscribe("private kinds", { kinds: [...BY_ADDR, KIND.typing] });
    await publishInOrder(writer, ...mail);
    for (const event of mail) {
      for (const id of ["everything", "by q", "private kinds"]) {
        assert.deepEqual(await own.live(id), event);
      }
    }
    await assertLearns(own, { filters: [{ "#q": [reader.addr] }], events: mail });

    lose(relay, reader);
    const later = [...BY_ADDR, KIND.typing].map((kind) => makePrivate(kind, reader));
    await publishInOrder(writer, ...later);
    await own.sync();
    assert.deepEqual(own.unread(), []);
    for (const event of [mail[0]!, later[0]!]) {
      for (const filter of [...filtersFor(event), { kinds: PRIVATE }]) {
        await assertLearns(own, { filters: [filter], events: [] });
      }
    }
  });

  Deno.test(`a key that is ${how} in the middle of a NEG session learns no id and no number from it`, async () => {
    await using relay = await startTestRelay();
    const reader = relay.member();
    await using own = await connectAs(relay, reader);
    const mail = Array.from({ length: 40 }, () => makeMail(reader.addr));
    await publishInOrder(own, ...mail);
    // A client that says it has the same events is told nothing yet.
    const filters = [{ kinds: [4243] }, {}];
    const probes = { list: openingMessage(), fingerprints: openingMessage(someItems(40)) };
    for (const [index, filter] of filters.entries()) {
      for (const probe of Object.keys(probes)) {
        const id = `${probe}-${index}`;
        const first = await negotiate(own, "NEG-OPEN", id, filter, openingMessage(mail));
        assert.deepEqual(namedIn(first), []);
      }
    }
    lose(relay, reader);
    for (const index of filters.keys()) {
      for (const [probe, message] of Object.entries(probes)) {
        own.send("NEG-MSG", `${probe}-${index}`, message);
        const [verb, , value] = await negAnswer(own, `${probe}-${index}`);
        // The session may end here, or go on without the mail.
        if (verb === "NEG-ERR") assert.match(value as string, /^(closed|blocked|restricted): /);
        else if (probe === "list") assert.equal(value, openingMessage());
        else assert.deepEqual(namedIn(value as string), []);
      }
    }
  });
}

Deno.test("a NEG session that loses its reader in the middle goes on with nothing but public events, or ends", async () => {
  await using relay = await startTestRelay();
  const reader = relay.member();
  await using own = await connectAs(relay, reader);
  const mail = Array.from({ length: 5 }, () => makeMail(reader.addr));
  const note = makeEvent();
  await publishInOrder(own, ...mail, note);
  await negotiate(own, "NEG-OPEN", "n", {}, openingMessage([...mail, note]));
  relay.members.release(reader.addr);
  own.send("NEG-MSG", "n", openingMessage());
  const [verb, , value] = await negAnswer(own, "n");
  if (verb === "NEG-MSG") assert.deepEqual(namedIn(value as string), [note.id]);
  await assertLearns(own, { filters: [{}], events: [note] });
});

Deno.test("the new nostr key of an addr reads all its mail, on connections that AUTHed before the change too", async () => {
  await using relay = await startTestRelay();
  const [reader, successor] = [relay.member(), newPerson()];
  await using fresh = await connectAs(relay, successor);
  await fresh.subscribe("live", { "#q": [reader.addr] });
  const mail = BY_ADDR.map((kind) => makePrivate(kind, reader));
  await publishInOrder(fresh, ...mail);
  await assertLearns(fresh, { filters: [{}], events: [] });
  relay.members.register(reader.addr, successor.pubkey);
  await assertLearns(fresh, { filters: [{}], events: mail });
  const typing = makePrivate(KIND.typing, reader);
  await publishInOrder(fresh, typing);
  assert.deepEqual(await fresh.live("live"), typing);
});

Deno.test("what is sealed to a key stays readable by that key, registered or not", async () => {
  await using relay = await startTestRelay();
  const reader = relay.member();
  await using own = await connectAs(relay, reader);
  const sealed = [4, 1059].map((kind) => makePrivate(kind, reader));
  await publishInOrder(own, ...sealed);
  relay.members.release(reader.addr);
  await assertLearns(own, { filters: [{}], events: sealed });
  await own.subscribe("live", { "#p": [reader.pubkey], limit: 0 });
  const wrap = makePrivate(1059, reader);
  await publishInOrder(own, wrap);
  assert.deepEqual(await own.live("live"), wrap);
});
