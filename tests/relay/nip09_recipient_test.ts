import assert from "node:assert/strict";
import { KIND, type NostrEvent } from "../../protocol/nostr_event.ts";
import { assertLearns } from "./support/asking.ts";
import { idsOf, makeEvent, makePrivate, newPerson, type Person } from "./support/events.ts";
import { publishInOrder, refusedEvent } from "./support/publish.ts";
import { startTestRelay } from "./support/test_relay.ts";

/** What its recipient may delete. */
const DELETABLE = [KIND.giftWrap, KIND.message, KIND.quiet];

/** A person's request to delete these events. */
function deletionBy({ secret }: Person, ...events: NostrEvent[]): NostrEvent {
  const kinds = [...new Set(events.map(({ kind }) => ["k", `${kind}`]))];
  const tags = [...idsOf(events).map((id) => ["e", id]), ...kinds];
  return makeEvent({ kind: KIND.deletion, tags, content: "" }, secret);
}

for (const kind of DELETABLE) {
  Deno.test(`kind ${kind}: its recipient deletes it, and it does not come back`, async () => {
    await using relay = await startTestRelay({ policy: "members" });
    await using client = await relay.connect();
    const reader = relay.member();
    const [gone, kept] = [makePrivate(kind, reader), makePrivate(kind, reader)];
    await publishInOrder(client, gone, kept, deletionBy(reader, gone));
    await client.auth(reader.secret);
    await assertLearns(client, { filters: [{ kinds: [kind] }], events: [kept] });
    await client.subscribe("live", { kinds: [kind], limit: 0 });
    assert.match(await refusedEvent(client, gone), /^blocked: /);
    await client.sync();
    assert.deepEqual(client.unread(), []);
    await assertLearns(client, { filters: [{ ids: idsOf([gone, kept]) }], events: [kept] });
  });

  Deno.test(`kind ${kind}: a recipient's request that comes first keeps it out`, async () => {
    await using relay = await startTestRelay({ policy: "members" });
    await using client = await relay.connect();
    const reader = relay.member();
    const event = makePrivate(kind, reader);
    await publishInOrder(client, deletionBy(reader, event));
    assert.match(await refusedEvent(client, event), /^blocked: /);
  });

  Deno.test(`kind ${kind}: a request of anybody else leaves it, before and after it comes`, async () => {
    await using relay = await startTestRelay({ policy: "members" });
    await using client = await relay.connect();
    const [reader, other] = [relay.member(), relay.member()];
    const [here, late] = [makePrivate(kind, reader), makePrivate(kind, reader)];
    await publishInOrder(client, here, deletionBy(other, here, late), late);
    await client.auth(reader.secret);
    await assertLearns(client, { filters: [{ kinds: [kind] }], events: [here, late] });
  });

  Deno.test(`kind ${kind}: its one-time author deletes it too`, async () => {
    await using relay = await startTestRelay();
    await using client = await relay.connect();
    const [reader, author] = [relay.member(), newPerson()];
    const event = makePrivate(kind, reader, author.secret);
    await publishInOrder(client, event, deletionBy(author, event));
    await client.auth(reader.secret);
    await assertLearns(client, { filters: [{ kinds: [kind] }], events: [] });
    assert.match(await refusedEvent(client, event), /^blocked: /);
  });
}

Deno.test("one request deletes mail of all kinds, and leaves what others are sent", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const [reader, other] = [relay.member(), relay.member()];
  const own = DELETABLE.map((kind) => makePrivate(kind, reader));
  const others = DELETABLE.map((kind) => makePrivate(kind, other));
  await publishInOrder(client, ...own, ...others, deletionBy(reader, ...own, ...others));
  await client.auth(reader.secret);
  await client.auth(other.secret);
  await assertLearns(client, { filters: [{ kinds: DELETABLE }], events: others });
});

Deno.test("a direct message is deleted by its author, not by its recipient", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const [reader, author] = [relay.member(), relay.member()];
  const direct = makePrivate(KIND.directMessage, reader, author.secret);
  await publishInOrder(client, direct, deletionBy(reader, direct));
  await client.auth(reader.secret);
  await assertLearns(client, { filters: [{ kinds: [4] }], events: [direct] });
  await publishInOrder(client, deletionBy(author, direct));
  await assertLearns(client, { filters: [{ kinds: [4] }], events: [] });
});

Deno.test("a note that merely names a person is not that person's to delete", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const reader = relay.member();
  const note = makeEvent({ tags: [["p", reader.pubkey], ["q", reader.addr]] });
  await publishInOrder(client, note, deletionBy(reader, note));
  await assertLearns(client, { filters: [{ kinds: [1] }], events: [note] });
});

Deno.test("mail belongs to the key that is registered for its addr now, not to the one before", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const [reader, successor] = [relay.member(), newPerson()];
  const [first, second] = [KIND.message, KIND.quiet].map((kind) => makePrivate(kind, reader)) as [
    NostrEvent,
    NostrEvent,
  ];
  await publishInOrder(client, first, second);
  relay.members.register(reader.addr, successor.pubkey);
  await publishInOrder(client, deletionBy(reader, first, second));
  await client.auth(successor.secret);
  await assertLearns(client, { filters: [{ kinds: [4243, 4244] }], events: [first, second] });
  await publishInOrder(client, deletionBy(successor, first));
  await assertLearns(client, { filters: [{ kinds: [4243, 4244] }], events: [second] });
  assert.match(await refusedEvent(client, first), /^blocked: /);
});

Deno.test("what a person deleted stays away when the addr gets another nostr key", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const reader = relay.member();
  const mail = makePrivate(KIND.message, reader);
  await publishInOrder(client, mail, deletionBy(reader, mail));
  relay.members.register(reader.addr, newPerson().pubkey);
  assert.match(await refusedEvent(client, mail), /^blocked: /);
});
