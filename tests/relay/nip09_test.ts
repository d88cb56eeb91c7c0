import assert from "node:assert/strict";
import { KIND, type NostrEvent } from "../../protocol/nostr_event.ts";
import { assertLearns } from "./support/asking.ts";
import { idsOf, makeEvent, makePrivate, newPerson, nowS, randomHex } from "./support/events.ts";
import { publishAll, publishInOrder, refusedEvent } from "./support/publish.ts";
import { startTestRelay } from "./support/test_relay.ts";

const T = nowS() - 10_000;

/** A request to delete, by tags. */
function deletion(tags: string[][], secret: Uint8Array, created_at = nowS()): NostrEvent {
  return makeEvent({ kind: KIND.deletion, tags, created_at, content: "" }, secret);
}

/** A request to delete these events. */
function deletionOf(events: readonly NostrEvent[], secret: Uint8Array): NostrEvent {
  return deletion(events.map(({ id }) => ["e", id]), secret);
}

/** A version of an article. (NIP-23) */
function article(d: string, created_at: number, secret: Uint8Array): NostrEvent {
  return makeEvent({ kind: 30_023, tags: [["d", d]], created_at, content: randomHex() }, secret);
}

Deno.test("what its author deletes by id is served, counted and negotiated no more; the rest is", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const alice = newPerson();
  const [gone, alsoGone, kept] = [1, 7, 1].map((kind, i) =>
    makeEvent({ kind, created_at: T + i, tags: [["t", "x"]] }, alice.secret)
  ) as [NostrEvent, NostrEvent, NostrEvent];
  await publishInOrder(client, gone, alsoGone, kept);
  const request = deletionOf([gone, alsoGone], alice.secret);
  await publishInOrder(client, request);
  for (
    const [filter, events] of [
      [{}, [kept, request]],
      [{ ids: idsOf([gone, alsoGone, kept]) }, [kept]],
      [{ authors: [alice.pubkey], kinds: [1, 7] }, [kept]],
      [{ "#t": ["x"] }, [kept]],
    ] as const
  ) await assertLearns(client, { filters: [filter], events });
});

Deno.test("the request itself is served, stored and live", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const alice = newPerson();
  const note = makeEvent({ created_at: T }, alice.secret);
  await publishInOrder(client, note);
  await client.subscribe("s", { kinds: [KIND.deletion] });
  const request = deletionOf([note], alice.secret);
  await publishInOrder(client, request);
  assert.deepEqual(await client.live("s"), request);
  for (const filter of [{ kinds: [5] }, { "#e": [note.id] }, { ids: [request.id] }]) {
    assert.deepEqual(await client.query(filter), [request]);
  }
});

Deno.test("what was deleted is refused when it comes again, from whomever, and told to nobody", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  await using other = await relay.connect();
  const alice = newPerson();
  const note = makeEvent({ created_at: T }, alice.secret);
  await publishInOrder(client, note, deletionOf([note], alice.secret));
  await client.subscribe("s", { kinds: [1] });
  for (const who of [client, other]) assert.match(await refusedEvent(who, note), /^blocked: /);
  await client.sync();
  assert.deepEqual(client.unread(), []);
  await assertLearns(client, { filters: [{ kinds: [1] }], events: [] });
});

Deno.test("a request that comes before the event keeps it out", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const alice = newPerson();
  const note = makeEvent({ created_at: T }, alice.secret);
  const old = article("a", T, alice.secret);
  await publishInOrder(
    client,
    deletionOf([note], alice.secret),
    deletion([["a", `30023:${alice.pubkey}:a`]], alice.secret, T + 1),
  );
  for (const event of [note, old]) assert.match(await refusedEvent(client, event), /^blocked: /);
  const [newer, others] = [article("a", T + 2, alice.secret), article("b", T, alice.secret)];
  await publishInOrder(client, newer, others);
  await assertLearns(client, { filters: [{ kinds: [1, 30_023] }], events: [newer, others] });
});

Deno.test("an event and the request to delete it may come in one burst, in any order", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  await using other = await relay.connect();
  const alice = newPerson();
  const notes = Array.from(
    { length: 60 },
    (_, i) => makeEvent({ created_at: T, content: `${i}` }, alice.secret),
  );
  const articles = Array.from({ length: 20 }, (_, i) => article(`${i}`, T, alice.secret));
  const requests = [
    ...notes.map((note) => deletionOf([note], alice.secret)),
    ...articles.map((_, i) => deletion([["a", `30023:${alice.pubkey}:${i}`]], alice.secret, T)),
  ];
  const answers = [...notes, ...articles].flatMap((event, i) => {
    const pair = [[client, event], [other, requests[i]!]] as const;
    return (i % 2 ? pair : pair.toReversed()).map(([from, each]) => from.publish(each));
  });
  for (const [accepted, message] of await Promise.all(answers)) {
    if (!accepted) assert.match(message, /^blocked: /);
  }
  await assertLearns(client, { filters: [{ kinds: [1, 30_023] }], events: [] });
  await assertLearns(client, { filters: [{ kinds: [5] }], events: requests });
});

Deno.test("nobody deletes what another wrote, before or after it comes", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const [alice, mallory] = [newPerson(), newPerson()];
  const note = makeEvent({ created_at: T }, alice.secret);
  const late = makeEvent({ created_at: T, content: "late" }, alice.secret);
  const written = article("a", T, alice.secret);
  const lateArticle = article("b", T, alice.secret);
  await publishInOrder(client, note, written);
  const request = deletion([
    ["e", note.id],
    ["e", late.id],
    ["a", `30023:${alice.pubkey}:a`],
    ["a", `30023:${alice.pubkey}:b`],
    ["p", alice.pubkey],
  ], mallory.secret);
  await publishInOrder(client, request, late, lateArticle);
  const events = [note, late, written, lateArticle];
  await assertLearns(client, { filters: [{ authors: [alice.pubkey] }], events });
  assert.match((await client.publish(note))[1], /^duplicate: /);
});

Deno.test("of a request that names own and others' events only the own ones go", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const [alice, bob] = [newPerson(), newPerson()];
  const [own, others] = [alice, bob].map(({ secret }) => makeEvent({ created_at: T }, secret));
  await publishInOrder(client, own!, others!);
  const tags = [["e", others!.id], ["e", randomHex()], ["e", own!.id, "wss://a.example"], [
    "k",
    "1",
  ]];
  await publishInOrder(client, deletion(tags, alice.secret));
  await assertLearns(client, { filters: [{ kinds: [1] }], events: [others!] });
});

Deno.test("an addressable event is deleted by its address up to the request's time; a newer one stays", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const alice = newPerson();
  const version = (d: string, created_at: number) => article(d, created_at, alice.secret);
  const [older, same, newer] = [
    version("older", T - 1),
    version("same", T),
    version("newer", T + 1),
  ];
  const untouched = version("untouched", T - 1);
  await publishInOrder(client, older, same, newer, untouched);
  const tags = ["older", "same", "newer"].map((d) => ["a", `30023:${alice.pubkey}:${d}`]);
  await publishInOrder(client, deletion(tags, alice.secret, T));
  await assertLearns(client, { filters: [{ kinds: [30_023] }], events: [newer, untouched] });

  for (const event of [older, same, version("older", T - 5), version("newer", T - 5)]) {
    assert.equal((await client.publish(event))[0], false);
  }
  assert.match(await refusedEvent(client, version("older", T)), /^blocked: /);
  const reborn = version("older", T + 1);
  await publishInOrder(client, reborn);
  await assertLearns(client, {
    filters: [{ kinds: [30_023] }],
    events: [newer, untouched, reborn],
  });
});

Deno.test("the newest of several requests for an address counts, in whatever order they come", async () => {
  for (const times of [[T, T + 10], [T + 10, T]]) {
    await using relay = await startTestRelay();
    await using client = await relay.connect();
    const alice = newPerson();
    const tags = [["a", `30023:${alice.pubkey}:a`]];
    await publishInOrder(client, ...times.map((time) => deletion(tags, alice.secret, time)));
    assert.match(await refusedEvent(client, article("a", T + 5, alice.secret)), /^blocked: /);
    await publishInOrder(client, article("a", T + 11, alice.secret));
  }
});

Deno.test("a replaceable event is deleted by its address, and by its id", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const alice = newPerson();
  const make = (kind: number, created_at: number) => makeEvent({ kind, created_at }, alice.secret);
  const [profile, list] = [make(0, T), make(10_002, T)];
  await publishInOrder(client, profile, list);
  const tags = [["a", `0:${alice.pubkey}:`], ["e", list.id]];
  await publishInOrder(client, deletion(tags, alice.secret));
  await assertLearns(client, { filters: [{ kinds: [0, 10_002] }], events: [] });
  assert.match(await refusedEvent(client, profile), /^blocked: /);
  assert.match(await refusedEvent(client, list), /^blocked: /);
});

Deno.test("a `d` with colons, spaces and nothing in it is told apart", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const alice = newPerson();
  const gone = ["a:b", "ü 1", ""].map((d) => article(d, T, alice.secret));
  const kept = ["a", "b", "ü 2"].map((d) => article(d, T, alice.secret));
  await publishInOrder(client, ...gone, ...kept);
  const tags = gone.map(({ tags: [d] }) => ["a", `30023:${alice.pubkey}:${d![1]}`]);
  await publishInOrder(client, deletion(tags, alice.secret));
  await assertLearns(client, { filters: [{ kinds: [30_023] }], events: kept });
});

Deno.test("tags that name nothing delete nothing, and hinder no others", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const alice = newPerson();
  const [gone, kept] = [1, 2].map((i) => makeEvent({ created_at: T + i }, alice.secret));
  await publishInOrder(client, gone!, kept!);
  const tags = [
    ["e"],
    ["e", ""],
    ["e", "not an id"],
    ["a"],
    ["a", "30023"],
    ["a", `x:${alice.pubkey}:a`],
    ["a", `1:${alice.pubkey}:`],
    ["E", kept!.id],
    ["e", gone!.id],
  ];
  await publishInOrder(client, deletion(tags, alice.secret));
  await assertLearns(client, { filters: [{ kinds: [1] }], events: [kept!] });
});

Deno.test("a deletion of a deletion does nothing", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const alice = newPerson();
  const note = makeEvent({ created_at: T }, alice.secret);
  const request = deletionOf([note], alice.secret);
  const undo = deletion([["e", request.id], ["k", "5"]], alice.secret);
  await publishInOrder(client, note, request, undo);
  await assertLearns(client, { filters: [{ kinds: [5] }], events: [request, undo] });
  assert.match((await client.publish(request))[1], /^duplicate: /);
  assert.match(await refusedEvent(client, note), /^blocked: /);
});

Deno.test("a deletion that is named before it comes is taken all the same", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const alice = newPerson();
  const note = makeEvent({ created_at: T }, alice.secret);
  const request = deletionOf([note], alice.secret);
  await publishInOrder(client, note, deletionOf([request], alice.secret), request);
  await assertLearns(client, { filters: [{ kinds: [1] }], events: [] });
});

Deno.test("what was deleted stays deleted after a restart", async () => {
  await using relay = await startTestRelay();
  const alice = newPerson();
  const reader = relay.member();
  const [note, early] = ["a", "b"].map((content) =>
    makeEvent({ created_at: T, content }, alice.secret)
  ) as [NostrEvent, NostrEvent];
  const written = article("a", T, alice.secret);
  const mail = makePrivate(KIND.message, reader);
  const requests = [
    deletionOf([note, early], alice.secret),
    deletion([["a", `30023:${alice.pubkey}:a`]], alice.secret, T),
    deletionOf([mail], reader.secret),
  ];
  {
    await using client = await relay.connect();
    await publishInOrder(client, note, written, mail, ...requests);
  }
  await relay.stop();
  const { dbPath, members } = relay;
  await using again = await startTestRelay({ dbPath, members });
  await using client = await again.connect();
  await client.auth(reader.secret);
  await assertLearns(client, { filters: [{}], events: requests });
  for (const event of [note, early, written, mail]) {
    assert.match(await refusedEvent(client, event), /^blocked: /);
  }
  await publishInOrder(client, article("a", T + 1, alice.secret));
});

Deno.test("one request deletes as many events as fit in it; one that is too large deletes none", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const alice = newPerson();
  const notes = Array.from(
    { length: 400 },
    (_, i) => makeEvent({ created_at: T, content: `${i}` }, alice.secret),
  );
  await publishAll(client, notes);
  const unknown = (length: number) => Array.from({ length }, () => ["e", randomHex()]);
  const named = notes.map(({ id }) => ["e", id]);
  // A thousand ids are more than the 64 KiB of an event.
  const tooLarge = deletion([...unknown(600), ...named], alice.secret);
  assert.match(await refusedEvent(client, tooLarge), /^invalid: /);
  await assertLearns(client, { filters: [{ kinds: [1] }], events: notes });
  await publishInOrder(client, deletion([...unknown(480), ...named], alice.secret));
  await assertLearns(client, { filters: [{ kinds: [1] }], events: [] });
});
