import assert from "node:assert/strict";
import { KIND, type NostrEvent } from "../../protocol/nostr_event.ts";
import { assertLearns } from "./support/asking.ts";
import { idsOf, makeEvent, makePrivate, newPerson, nowS, type Person } from "./support/events.ts";
import { publishAll, publishInOrder, refusedEvent } from "./support/publish.ts";
import { idsOnDisk } from "./support/disk.ts";
import { startTestRelay } from "./support/test_relay.ts";

const T = nowS() - 10_000;
const ALL_RELAYS = "ALL_RELAYS";

/** A request to vanish from relays. */
function vanish(
  { secret }: Person,
  { relays = [ALL_RELAYS], at = T }: { relays?: string[]; at?: number } = {},
): NostrEvent {
  const tags = relays.map((relay) => ["relay", relay]);
  return makeEvent({ kind: KIND.vanish, created_at: at, tags, content: "bye" }, secret);
}

/** Events by a person, of every class of kinds, at a time. */
function lifeOf({ secret }: Person, at: number): NostrEvent[] {
  const tags = [["d", "a"], ["e", "0".repeat(64)]];
  return [0, 1, 5, 7, 10_002, 30_023].map((kind) =>
    makeEvent({ kind, created_at: at, tags }, secret)
  );
}

/** Mail to a person, of every kind that vanishes with it, at a time. */
function mailTo(reader: Person, at: number): NostrEvent[] {
  return [KIND.giftWrap, KIND.message, KIND.quiet].map((kind) => {
    const { tags, content } = makePrivate(kind, reader);
    return makeEvent({ kind, created_at: at, tags, content });
  });
}

Deno.test("who vanishes leaves nothing up to the request's time but the request, deletions included", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const [alice, bob] = [relay.member(), relay.member()];
  const gone = [...lifeOf(alice, T - 10), makeEvent({ created_at: T }, alice.secret)];
  const kept = [...lifeOf(bob, T - 10), makeEvent({ created_at: T + 1 }, alice.secret)];
  await publishInOrder(client, ...gone, ...kept);
  const request = vanish(alice);
  await publishInOrder(client, request);
  await assertLearns(client, { filters: [{}], events: [...kept, request] });
  await assertLearns(client, { filters: [{ kinds: [KIND.vanish] }], events: [request] });
  await assertLearns(client, { filters: [{ ids: idsOf(gone) }], events: [] });
});

Deno.test("mail and gift wraps to who vanishes go too; others' mail, and later mail, stays", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const [alice, bob] = [relay.member(), relay.member()];
  const direct = makeEvent({ kind: 4, created_at: T, tags: [["p", bob.pubkey]] }, alice.secret);
  const gone = [...mailTo(alice, T), direct];
  const kept = [...mailTo(bob, T), ...mailTo(alice, T + 1)];
  await publishInOrder(client, ...gone, ...kept);
  for (const { secret } of [alice, bob]) await client.auth(secret);
  const request = vanish(alice);
  await publishInOrder(client, request);
  await assertLearns(client, { filters: [{}], events: [...kept, request] });
  for (const event of gone) assert.match(await refusedEvent(client, event), /^blocked: /);
  await publishInOrder(client, ...mailTo(alice, T + 2));
});

Deno.test("what vanished is refused when it comes again, and what is as old; newer events are taken", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const alice = newPerson();
  const gone = lifeOf(alice, T - 10);
  await publishInOrder(client, ...gone, vanish(alice));
  const neverSeen = [T - 20, T].map((created_at) => makeEvent({ created_at }, alice.secret));
  for (const event of [...gone, ...neverSeen]) {
    assert.match(await refusedEvent(client, event), /^blocked: /, `kind ${event.kind}`);
  }
  await publishInOrder(client, ...lifeOf(alice, T + 1));
});

const NAMES: [string, (url: string) => string[], boolean][] = [
  ["all relays", () => [ALL_RELAYS], true],
  ["this relay by its URL", (url) => [url], true],
  ["this relay without the last slash", (url) => [url.replace(/\/$/, "")], true],
  ["this relay among others", (url) => ["wss://relay.example.org/", url], true],
  ["another relay", () => ["wss://relay.example.org/"], false],
  ["this relay with another path", (url) => [`${url}some/other`], false],
  ["another port of the same host", () => ["ws://127.0.0.1:1/"], false],
  ["all relays in small letters", () => ["all_relays"], false],
  ["a URL that begins like this relay's", (url) => [`${url.replace(/\/$/, "")}0/`], false],
  ["nothing that is a URL", () => ["relay"], false],
];

for (const [name, relays, isMeant] of NAMES) {
  Deno.test(`a request that names ${name} ${isMeant ? "is followed" : "changes nothing"}`, async () => {
    await using relay = await startTestRelay();
    await using client = await relay.connect();
    const alice = newPerson();
    const note = makeEvent({ created_at: T - 1 }, alice.secret);
    await publishInOrder(client, note);
    const [accepted, message] = await client.publish(vanish(alice, { relays: relays(relay.url) }));
    if (isMeant) assert.deepEqual([accepted, message], [true, ""]);
    await assertLearns(client, { filters: [{ kinds: [1] }], events: isMeant ? [] : [note] });
    assert.match((await client.publish(note))[1], isMeant ? /^blocked: / : /^duplicate: /);
  });
}

Deno.test("the relay is meant by its public URL", async () => {
  await using relay = await startTestRelay({ publicUrl: () => "wss://chat.example.org/relay" });
  await using client = await relay.connect();
  for (
    const url of [
      "wss://chat.example.org/relay",
      "wss://chat.example.org/relay/",
      "wss://CHAT.example.org:443/relay",
    ]
  ) {
    const alice = newPerson();
    await publishInOrder(client, makeEvent({ created_at: T - 1 }, alice.secret));
    await publishInOrder(client, vanish(alice, { relays: [url] }));
    await assertLearns(client, { filters: [{ authors: [alice.pubkey], kinds: [1] }], events: [] });
  }
});

Deno.test("a request that names no relay is invalid", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const alice = newPerson();
  const note = makeEvent({ created_at: T - 1 }, alice.secret);
  await publishInOrder(client, note);
  assert.match(await refusedEvent(client, vanish(alice, { relays: [] })), /^invalid: /);
  await assertLearns(client, { filters: [{}], events: [note] });
});

Deno.test("OK comes only when everything is gone, however much it was", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  await using other = await relay.connect();
  const [alice, bob] = [relay.member(), relay.member()];
  const notes = Array.from(
    { length: 700 },
    (_, i) => makeEvent({ created_at: T - (i % 50), content: `${i}` }, alice.secret),
  );
  const mail = Array.from({ length: 40 }, () => mailTo(alice, T)).flat();
  const kept = makeEvent({ created_at: T }, bob.secret);
  await publishAll(client, [...notes, ...mail, kept]);
  for (const each of [client, other]) await each.auth(alice.secret);
  const request = vanish(alice);
  await publishInOrder(client, request);
  for (const each of [other, client]) {
    await assertLearns(each, { filters: [{}], events: [kept, request] });
  }
  for (const event of [notes[0]!, notes.at(-1)!, mail[0]!]) {
    assert.match(await refusedEvent(other, event), /^blocked: /);
  }
  await relay.stop();
  assert.deepEqual(idsOnDisk(relay.dbPath), idsOf([kept, request]).sort());
});

Deno.test("an event that is published while its author vanishes does not stay", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  await using other = await relay.connect();
  const alice = newPerson();
  const notes = Array.from(
    { length: 600 },
    (_, i) => makeEvent({ created_at: T - 1, content: `${i}` }, alice.secret),
  );
  await publishAll(client, notes.slice(0, 300));
  const request = vanish(alice);
  const late = notes.slice(300);
  const vanished = client.publish(request);
  const answers = await Promise.all(late.map((event) => other.publish(event)));
  assert.deepEqual(await vanished, [true, ""]);
  for (const [accepted, message] of answers) {
    if (!accepted) assert.match(message, /^blocked: /);
  }
  await assertLearns(client, { filters: [{ authors: [alice.pubkey] }], events: [request] });
});

Deno.test("a request is told of, live", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  await client.subscribe("s", { kinds: [KIND.vanish] });
  const request = vanish(newPerson());
  await publishInOrder(client, request);
  assert.deepEqual(await client.live("s"), request);
});

Deno.test("a deletion of a request to vanish does nothing, before or after it comes", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  for (const isBefore of [false, true]) {
    const alice = newPerson();
    const note = makeEvent({ created_at: T - 1 }, alice.secret);
    const request = vanish(alice);
    const tags = [["e", request.id], ["a", `62:${alice.pubkey}:`], ["k", "62"]];
    const undo = makeEvent({ kind: KIND.deletion, tags, created_at: T + 1 }, alice.secret);
    await publishInOrder(client, note, ...(isBefore ? [undo, request] : [request, undo]));
    await assertLearns(client, {
      filters: [{ authors: [alice.pubkey] }],
      events: [request, undo],
    });
    assert.match(await refusedEvent(client, note), /^blocked: /);
  }
});

Deno.test("a later request reaches further; an older one takes nothing back", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const alice = newPerson();
  const at = (created_at: number) => makeEvent({ created_at }, alice.secret);
  await publishInOrder(client, at(T + 5), vanish(alice));
  await publishInOrder(client, vanish(alice, { at: T + 10 }));
  await assertLearns(client, { filters: [{ kinds: [1] }], events: [] });
  await client.publish(vanish(alice, { at: T + 1 }));
  assert.match(await refusedEvent(client, at(T + 5)), /^blocked: /);
  await publishInOrder(client, at(T + 11));
});

Deno.test("who vanished stays away after a restart", async () => {
  await using relay = await startTestRelay();
  const alice = relay.member();
  const gone = [...lifeOf(alice, T), ...mailTo(alice, T)];
  const request = vanish(alice);
  {
    await using client = await relay.connect();
    await publishInOrder(client, ...gone, request);
  }
  await relay.stop();
  const { dbPath, members } = relay;
  await using again = await startTestRelay({ dbPath, members });
  await using client = await again.connect();
  await client.auth(alice.secret);
  await assertLearns(client, { filters: [{}], events: [request] });
  for (const event of gone) assert.match(await refusedEvent(client, event), /^blocked: /);
  await publishInOrder(client, makeEvent({ created_at: T + 1 }, alice.secret));
});
