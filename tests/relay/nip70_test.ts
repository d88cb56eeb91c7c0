import assert from "node:assert/strict";
import { KIND, type NostrEvent } from "../../protocol/nostr_event.ts";
import { assertLearns } from "./support/asking.ts";
import { makeEvent, makeMail, newPerson, nowS, type Person } from "./support/events.ts";
import { publishInOrder, refusedEvent } from "./support/publish.ts";
import { startTestRelay } from "./support/test_relay.ts";

const T = nowS() - 10_000;

/** An event that only its author may publish. */
function protectedBy({ secret }: Person, kind = 1): NostrEvent {
  return makeEvent({ kind, tags: [["-"], ["t", "x"]], created_at: T }, secret);
}

/** A repost of an event, by a new key. (NIP-18) */
function repostOf(event: NostrEvent, kind: number): NostrEvent {
  const tags = [["e", event.id, "wss://a.example"], ["p", event.pubkey], ["k", `${event.kind}`]];
  return makeEvent({ kind, tags, content: JSON.stringify(event) });
}

Deno.test("a protected event is taken from a connection that AUTHed as its author, and from no other", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  await using reader = await relay.connect();
  await reader.subscribe("s", {});
  const [alice, mallory] = [newPerson(), newPerson()];
  for (const kind of [0, 1, 7, 30_023, 20_001]) {
    assert.match(await refusedEvent(client, protectedBy(alice, kind)), /^auth-required: /);
  }
  await client.auth(mallory.secret);
  const refused = await refusedEvent(client, protectedBy(alice));
  assert.match(refused, /^(auth-required|restricted): /);
  await reader.sync();
  assert.deepEqual(reader.unread(), []);
  await assertLearns(client, { filters: [{}], events: [] });

  const event = protectedBy(alice);
  await client.auth(alice.secret);
  await publishInOrder(client, event);
  assert.deepEqual(await reader.live("s"), event);
});

Deno.test("a protected event is stored, found, counted and replaced like any other, and read without AUTH", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  await using reader = await relay.connect();
  const alice = newPerson();
  await client.auth(alice.secret);
  const note = protectedBy(alice);
  const old = protectedBy(alice, 0);
  const profile = makeEvent({ kind: 0, tags: [["-"]], created_at: T + 1 }, alice.secret);
  await publishInOrder(client, note, old, profile);
  await assertLearns(reader, { filters: [{}], events: [note, profile] });
  await assertLearns(reader, { filters: [{ "#t": ["x"] }], events: [note] });
  await assertLearns(reader, { filters: [{ ids: [note.id] }], events: [note] });
  assert.match((await client.publish(note))[1], /^duplicate: /);
  const tags = [["e", note.id]];
  await publishInOrder(client, makeEvent({ kind: KIND.deletion, tags }, alice.secret));
  await assertLearns(reader, { filters: [{ kinds: [1] }], events: [] });
});

Deno.test("of several AUTHed keys the author's is enough; the author's AUTH elsewhere is not", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  await using other = await relay.connect();
  const [alice, bob] = [newPerson(), newPerson()];
  for (const { secret } of [bob, alice]) await client.auth(secret);
  const event = protectedBy(alice);
  assert.match(await refusedEvent(other, event), /^auth-required: /);
  await publishInOrder(client, event, protectedBy(bob));
});

Deno.test("an AUTH right before a protected event counts for it", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const alice = newPerson();
  const answers = [client.auth(alice.secret), client.publish(protectedBy(alice))];
  assert.deepEqual(await Promise.all(answers), [[true, ""], [true, ""]]);
});

Deno.test("members: a protected event needs a member who AUTHed", async () => {
  await using relay = await startTestRelay({ policy: "members" });
  await using client = await relay.connect();
  const [member, stranger] = [relay.member(), newPerson()];
  assert.match(await refusedEvent(client, protectedBy(member)), /^auth-required: /);
  await client.auth(stranger.secret);
  assert.match(await refusedEvent(client, protectedBy(stranger)), /^blocked: /);
  await client.auth(member.secret);
  await publishInOrder(client, protectedBy(member));
});

for (const kind of [KIND.repost, KIND.genericRepost]) {
  Deno.test(`a repost of kind ${kind} that embeds a protected event is refused, whether the event is here or not`, async () => {
    await using relay = await startTestRelay();
    await using client = await relay.connect();
    await using other = await relay.connect();
    const alice = newPerson();
    await client.auth(alice.secret);
    const event = protectedBy(alice);
    for (const isHere of [false, true]) {
      if (isHere) await publishInOrder(client, event);
      const refused = await refusedEvent(other, repostOf(event, kind));
      assert.match(refused, /^(blocked|invalid|restricted|auth-required): /);
    }
    await assertLearns(other, { filters: [{}], events: [event] });
  });

  Deno.test(`a repost of kind ${kind} is refused however its JSON writes the protecting tag`, async () => {
    await using relay = await startTestRelay();
    await using client = await relay.connect();
    const event = protectedBy(newPerson());
    const plain = repostOf(event, kind);
    for (const written of ['"\\u002d"', '"\\u002D"', ' \n"-" ']) {
      const content = plain.content.replace('"-"', written);
      assert.deepEqual(JSON.parse(content), event);
      const repost = makeEvent({ kind, tags: plain.tags, content });
      const refused = await refusedEvent(client, repost);
      assert.match(refused, /^(blocked|invalid|restricted|auth-required): /);
    }
    await assertLearns(client, { filters: [{}], events: [] });
  });

  Deno.test(`a repost of kind ${kind} that embeds no protected event is taken`, async () => {
    await using relay = await startTestRelay();
    await using client = await relay.connect();
    const alice = newPerson();
    const note = makeEvent({ content: '["-"]', tags: [["t", "-"], ["minus", "-"]] }, alice.secret);
    const reposts = [
      repostOf(note, kind),
      ...["", "look", "{", "null", "[]", '{"tags":"-"}', '{"tags":[null,"-"]}', '"-"'].map(
        (content) => makeEvent({ kind, content, tags: [["e", note.id], ["p", note.pubkey]] }),
      ),
    ];
    await publishInOrder(client, ...reposts);
    await assertLearns(client, { filters: [{ kinds: [kind] }], events: reposts });
  });
}

Deno.test("another kind may quote a protected event, and a tag whose value is - protects nothing", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const quote = makeEvent({ content: JSON.stringify(protectedBy(newPerson())) });
  const tagged = makeEvent({ tags: [["t", "-"], ["--"], ["", "-"]] });
  await publishInOrder(client, quote, tagged);
  await assertLearns(client, { filters: [{}], events: [quote, tagged] });
});

Deno.test("mail has no room for a protecting tag", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const { addr } = relay.member();
  const author = newPerson();
  await client.auth(author.secret);
  const { content } = makeMail(addr);
  const tags = [["q", addr], ["-"]];
  const mail = makeEvent({ kind: KIND.message, tags, content }, author.secret);
  assert.match(await refusedEvent(client, mail), /^invalid: /);
});
