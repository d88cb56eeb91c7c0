import assert from "node:assert/strict";
import { type EventTemplate, KIND, type NostrEvent } from "../../protocol/nostr_event.ts";
import { assertLearns } from "./support/asking.ts";
import { makeEvent, makePrivate, newPerson, nowS, type Person } from "./support/events.ts";
import { publishInOrder, refusedEvent } from "./support/publish.ts";
import { startTestRelay, type TestRelay } from "./support/test_relay.ts";

const T = nowS() - 10_000;

function vanish({ secret }: Person, changes: Partial<EventTemplate> = {}): NostrEvent {
  return makeEvent({ kind: KIND.vanish, tags: [["relay", "ALL_RELAYS"]], ...changes }, secret);
}

const FORMER: [string, (relay: TestRelay, person: Person) => void][] = [
  ["was released", (relay, { addr }) => relay.members.release(addr)],
  [
    "has another nostr key now",
    (relay, { addr }) => relay.members.register(addr, newPerson().pubkey),
  ],
];

for (const [how, leave] of FORMER) {
  Deno.test(`members: the key of who ${how} may still vanish, and publish nothing else`, async () => {
    await using relay = await startTestRelay({ policy: "members" });
    await using client = await relay.connect();
    const [person, other] = [relay.member(), relay.member()];
    const life = [0, 1, 5, 10_002].map((kind) => makeEvent({ kind, created_at: T }, person.secret));
    const wrap = makePrivate(KIND.giftWrap, person);
    const kept = makeEvent({}, other.secret);
    await publishInOrder(client, ...life, wrap, kept);
    leave(relay, person);
    assert.match(await refusedEvent(client, makeEvent({}, person.secret)), /^blocked: /);
    const request = vanish(person);
    await publishInOrder(client, request);
    await client.auth(person.secret);
    await assertLearns(client, { filters: [{}], events: [kept, request] });
    for (const event of [...life, wrap]) assert.equal((await client.publish(event))[0], false);
  });
}

Deno.test("members: a stranger who has nothing here is blocked, and what it asked is not kept", async () => {
  await using relay = await startTestRelay({ policy: "members" });
  await using client = await relay.connect();
  const stranger = newPerson();
  assert.match(await refusedEvent(client, vanish(stranger)), /^blocked: /);
  await assertLearns(client, { filters: [{}], events: [] });
});

Deno.test("members: a stranger whose mail is here may vanish, and takes that mail along", async () => {
  await using relay = await startTestRelay({ policy: "members" });
  await using client = await relay.connect();
  const [reader, stranger] = [relay.member(), newPerson()];
  const mail = [KIND.giftWrap, KIND.message].map((kind) =>
    makePrivate(kind, reader, stranger.secret)
  );
  const others = makePrivate(KIND.giftWrap, reader);
  await publishInOrder(client, ...mail, others);
  const request = vanish(stranger);
  await publishInOrder(client, request);
  await client.auth(reader.secret);
  await assertLearns(client, { filters: [{}], events: [others, request] });
});

Deno.test("members: a member vanishes, and is a member after it", async () => {
  await using relay = await startTestRelay({ policy: "members" });
  await using client = await relay.connect();
  const member = relay.member();
  const request = makeEvent(
    { kind: KIND.vanish, created_at: T, tags: [["relay", relay.url]] },
    member.secret,
  );
  const note = makeEvent({ created_at: T - 1 }, member.secret);
  await publishInOrder(client, note, request);
  const next = makeEvent({}, member.secret);
  await publishInOrder(client, next);
  await assertLearns(client, { filters: [{}], events: [request, next] });
});

Deno.test("members: the mail of an addr goes with the key that is registered for it, not with the one before", async () => {
  await using relay = await startTestRelay({ policy: "members" });
  await using client = await relay.connect();
  const [person, successor] = [relay.member(), newPerson()];
  const mail = makePrivate(KIND.message, person);
  const note = makeEvent({ created_at: T }, person.secret);
  await publishInOrder(client, mail, note);
  relay.members.register(person.addr, successor.pubkey);
  const former = vanish(person);
  await publishInOrder(client, former);
  await client.auth(successor.secret);
  await assertLearns(client, { filters: [{}], events: [mail, former] });
  const latter = vanish(successor);
  await publishInOrder(client, latter);
  await assertLearns(client, { filters: [{}], events: [former, latter] });
});

Deno.test("members: a stranger's request to vanish is small, and only the newest is kept", async () => {
  await using relay = await startTestRelay({ policy: "members" });
  await using client = await relay.connect();
  const [reader, stranger] = [relay.member(), newPerson()];
  await publishInOrder(client, makePrivate(KIND.giftWrap, reader, stranger.secret));
  const large = vanish(stranger, { content: "x".repeat(2_000) });
  const tags = [["relay", "ALL_RELAYS"], ...Array.from({ length: 20 }, () => ["t", "x"])];
  for (const refused of [large, vanish(stranger, { tags })]) {
    assert.match(await refusedEvent(client, refused), /^invalid: /);
  }
  const first = vanish(stranger, { created_at: nowS() + 5 });
  await publishInOrder(client, first);
  const second = vanish(stranger, { created_at: nowS() + 10 });
  assert.match(await refusedEvent(client, second), /^blocked: /);
  await assertLearns(client, { filters: [{ authors: [stranger.pubkey] }], events: [first] });
});

Deno.test("members: an unsigned request to vanish does not tell whether anything is here for a key", async () => {
  await using relay = await startTestRelay({ policy: "members" });
  await using client = await relay.connect();
  const [reader, known] = [relay.member(), newPerson()];
  await publishInOrder(client, makePrivate(KIND.giftWrap, reader, known.secret));
  const answers = [known, newPerson()].map((person) =>
    refusedEvent(client, { ...vanish(person), sig: "0".repeat(128) })
  );
  const [one, other] = await Promise.all(answers);
  assert.match(one!, /^invalid: /);
  assert.equal(one, other);
});
