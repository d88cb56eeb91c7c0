import assert from "node:assert/strict";
import { KIND } from "../../protocol/nostr_event.ts";
import { assertLearns, assertNotAnswered } from "./support/asking.ts";
import { count, refusedCount } from "./support/count.ts";
import { authEvent, makeEvent, makeMail, makePrivate, newPerson } from "./support/events.ts";
import {
  namedIn,
  negAnswer,
  negotiate,
  openingMessage,
  reconcile,
} from "./support/negentropy_client.ts";
import { publishInOrder } from "./support/publish.ts";
import { startTestRelay } from "./support/test_relay.ts";

const PRIVATE = [4, 1059, 21_059, 4243, 4244, 24_243];
const AUTH_REQUIRED = /^auth-required: /;

Deno.test("the first frame on a connection is an AUTH challenge, a different one each time", async () => {
  await using relay = await startTestRelay();
  await using a = await relay.connect();
  await using b = await relay.connect();
  assert.match(a.challenge, /^[0-9a-f]{32}$/);
  assert.notEqual(a.challenge, b.challenge);
});

Deno.test("any valid key may AUTH", async () => {
  await using relay = await startTestRelay({ policy: "members" });
  await using client = await relay.connect();
  assert.deepEqual(await client.auth(newPerson().secret), [true, ""]);
});

for (const kind of PRIVATE) {
  Deno.test(`kind ${kind} alone, however it is narrowed, is asked for by REQ, COUNT and NEG-OPEN only after AUTH`, async () => {
    await using relay = await startTestRelay();
    await using client = await relay.connect();
    const reader = relay.member();
    const event = makePrivate(kind, reader);
    await publishInOrder(client, event);
    const [name, value] = event.tags[0]!;
    const questions = [
      { kinds: [kind] },
      { kinds: PRIVATE },
      { kinds: [kind, kind] },
      { kinds: [kind], ids: [event.id] },
      { kinds: [kind], authors: [event.pubkey] },
      { kinds: [kind], [`#${name}`]: [value] },
      { kinds: [kind], since: event.created_at, until: event.created_at },
    ];
    for (const filter of questions) {
      await assertNotAnswered(client, { filters: [filter], words: AUTH_REQUIRED });
    }
    await assertNotAnswered(client, {
      filters: [{ kinds: [kind] }, { kinds: [KIND.message], ids: [event.id] }],
      words: AUTH_REQUIRED,
    });
    assert.deepEqual(await client.auth(reader.secret), [true, ""]);
    const isStored = ![KIND.typing, KIND.ephemeralGiftWrap].some((live) => live === kind);
    for (const filter of questions) {
      await assertLearns(client, { filters: [filter], events: isStored ? [event] : [] });
    }
  });
}

Deno.test("a question that mixes private and public kinds is answered without AUTH, from the public ones", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const reader = relay.member();
  const note = makeEvent({ tags: [["q", reader.addr], ["p", reader.pubkey]] });
  const hidden = PRIVATE.map((kind) => makePrivate(kind, reader));
  await publishInOrder(client, note, ...hidden);
  for (
    const filters of [
      [{ kinds: [1, ...PRIVATE] }],
      [{}],
      [{ ids: [note.id, ...hidden.map(({ id }) => id)] }],
      [{ "#q": [reader.addr] }],
      [{ "#p": [reader.pubkey] }],
      [{ kinds: [KIND.message] }, { kinds: [1] }],
      [{ kinds: PRIVATE }, { ids: [note.id] }],
      [{ kinds: [1] }, { kinds: PRIVATE }, { "#q": [reader.addr], kinds: [KIND.quiet] }],
    ]
  ) await assertLearns(client, { filters, events: [note] });
});

Deno.test("who AUTHed as somebody else is told nothing, and is not asked to AUTH again", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const reader = relay.member();
  await publishInOrder(client, ...PRIVATE.map((kind) => makePrivate(kind, reader)));
  for (const secret of [newPerson().secret, relay.member().secret]) {
    await client.auth(secret);
    for (const kind of PRIVATE) {
      await assertLearns(client, { filters: [{ kinds: [kind] }], events: [] });
    }
    await assertLearns(client, { filters: [{ kinds: PRIVATE }, {}], events: [] });
  }
});

Deno.test("several keys AUTHed on one connection all count, for REQ, COUNT, NEG-OPEN and live", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  await using writer = await relay.connect();
  const people = Array.from({ length: 3 }, () => relay.member());
  const stored = [1059, 4243, 4244].flatMap((kind) =>
    people.map((person) => makePrivate(kind, person))
  );
  await publishInOrder(writer, ...stored);
  await client.subscribe("live", {});
  for (const [index, { secret, addr, pubkey }] of people.entries()) {
    await client.auth(secret);
    const readable = [addr, pubkey].concat(
      people.slice(0, index).flatMap((p) => [p.addr, p.pubkey]),
    );
    const events = stored.filter(({ tags }) => readable.includes(tags[0]![1]!));
    assert.equal(events.length, 3 * (index + 1));
    await assertLearns(client, { filters: [{}], events });
    await assertLearns(client, { filters: [{ kinds: PRIVATE }], events });
  }
  for (const person of people) {
    const mail = makePrivate(KIND.typing, person);
    await publishInOrder(writer, mail);
    assert.deepEqual(await client.live("live"), mail);
  }
});

Deno.test("an AUTH is no other connection's, for COUNT and NEG-OPEN as for REQ", async () => {
  await using relay = await startTestRelay();
  await using own = await relay.connect();
  await using other = await relay.connect();
  const reader = relay.member();
  const mail = makeMail(reader.addr);
  await publishInOrder(own, mail);
  await own.auth(reader.secret);
  await assertLearns(own, { filters: [{ kinds: [4243] }], events: [mail] });
  await assertNotAnswered(other, { filters: [{ kinds: [4243] }], words: AUTH_REQUIRED });
  await assertLearns(other, { filters: [{ ids: [mail.id] }], events: [] });
});

Deno.test("a failed AUTH takes nothing from the keys that AUTHed before, nor does the same key again", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const reader = relay.member();
  const mail = makeMail(reader.addr);
  await publishInOrder(client, mail);
  await client.auth(reader.secret);
  assert.equal((await client.auth(newPerson().secret, { kind: 1 }))[0], false);
  assert.deepEqual(await client.auth(reader.secret), [true, ""]);
  await assertLearns(client, { filters: [{ kinds: [4243] }], events: [mail] });
});

Deno.test("REQ, COUNT and NEG-OPEN right behind an AUTH are answered as AUTHed", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const reader = relay.member();
  const mail = makeMail(reader.addr);
  await publishInOrder(client, mail);
  const { challenge } = client;
  client.send("AUTH", authEvent(reader.secret, { relay: relay.url, challenge }));
  client.send("REQ", "s", { kinds: [4243] });
  client.send("COUNT", "c", { kinds: [4243] });
  client.send("NEG-OPEN", "n", { kinds: [4243] }, openingMessage());
  const [verb, , isAccepted] = await client.next();
  assert.deepEqual([verb, isAccepted], ["OK", true]);
  const answers = Array.from({ length: 2 }, () => client.next(([, about]) => about === "s"));
  assert.deepEqual(await Promise.all(answers), [["EVENT", "s", mail], ["EOSE", "s"]]);
  assert.deepEqual(await client.next(([, about]) => about === "c"), ["COUNT", "c", { count: 1 }]);
  const [negVerb, , message] = await negAnswer(client, "n");
  assert.equal(negVerb, "NEG-MSG");
  assert.deepEqual(namedIn(message as string), [mail.id]);
});

Deno.test("after auth-required and AUTH the same question, under the same id, is answered", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const reader = relay.member();
  const mail = makeMail(reader.addr);
  await publishInOrder(client, mail);
  const filter = { kinds: [4243], "#q": [reader.addr] };
  client.send("REQ", "same", filter);
  assert.match((await client.next(([verb]) => verb === "CLOSED"))[2] as string, AUTH_REQUIRED);
  assert.match(await refusedCount(client, filter), AUTH_REQUIRED);
  client.send("NEG-OPEN", "same", filter, openingMessage());
  assert.match((await negAnswer(client, "same"))[2] as string, AUTH_REQUIRED);
  await client.auth(reader.secret);
  assert.deepEqual(await client.subscribe("same", filter), [mail]);
  assert.equal(await count(client, filter), 1);
  const answer = await negotiate(client, "NEG-OPEN", "same", filter, openingMessage());
  assert.deepEqual(namedIn(answer), [mail.id]);
});

Deno.test("a NEG-OPEN that was refused for want of AUTH leaves no session behind", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const reader = relay.member();
  await publishInOrder(client, makeMail(reader.addr));
  client.send("NEG-OPEN", "n", { kinds: [4243] }, openingMessage());
  assert.match((await negAnswer(client, "n"))[2] as string, AUTH_REQUIRED);
  await client.auth(reader.secret);
  client.send("NEG-MSG", "n", openingMessage());
  const [verb, , words] = await negAnswer(client, "n");
  assert.equal(verb, "NEG-ERR");
  assert.match(words as string, /^closed: /);
  assert.equal((await reconcile(client, { filter: { kinds: [4243] } })).need.length, 1);
});

Deno.test("an AUTHed stranger may still not publish to a relay for members", async () => {
  await using relay = await startTestRelay({ policy: "members" });
  await using client = await relay.connect();
  const stranger = newPerson();
  await client.auth(stranger.secret);
  assert.match((await client.publish(makeEvent({}, stranger.secret)))[1], /^blocked: /);
});
