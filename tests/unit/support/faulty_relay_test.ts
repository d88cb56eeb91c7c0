import assert from "node:assert/strict";
import { connectClient, type TestClient } from "../../relay/support/test_client.ts";
import { idsOf, makeMail, newPerson, randomHex } from "../../relay/support/events.ts";
import { startFaultyRelay } from "../../support/faulty_relay/faulty_relay.ts";
import {
  adding,
  lyingAboutEose,
  replayingAndReordering,
  requiringAuth,
} from "../../support/faulty_relay/read_faults.ts";
import { slow } from "../../support/faulty_relay/slow.ts";
import { dyingInMidSend, refusing } from "../../support/faulty_relay/write_faults.ts";
import { createRandom } from "../../support/random.ts";

const addr = randomHex();
const mailOf = (count: number) =>
  Array.from({ length: count }, (_, i) => makeMail(addr, { created_at: 1_000 + i }));
const FILTER = { "#q": [addr] };

async function publishAll(client: TestClient, events: ReturnType<typeof mailOf>): Promise<void> {
  for (const event of events) await client.publish(event);
}

Deno.test("without faults it keeps, finds, pages and gives live", async () => {
  await using relay = await startFaultyRelay({ maxLimit: 3 });
  await using client = await connectClient(relay.url);
  const mail = mailOf(5);
  await publishAll(client, mail);
  assert.deepEqual(idsOf(await client.query(FILTER)), idsOf(mail.slice(2).reverse()));
  assert.deepEqual(idsOf(await client.query({ ...FILTER, until: 1_001 })), [
    mail[1]!.id,
    mail[0]!.id,
  ]);
  await client.subscribe("live", FILTER);
  const [news] = mailOf(1);
  await client.publish({ ...news!, id: randomHex() });
  assert.equal((await client.live("live")).created_at, 1_000);
});

Deno.test("a refusing relay keeps nothing, until it is told to behave", async () => {
  await using relay = await startFaultyRelay({ faults: [refusing("blocked: not here")] });
  await using client = await connectClient(relay.url);
  const [event] = mailOf(1);
  assert.deepEqual(await client.publish(event!), [false, "blocked: not here"]);
  assert.equal(relay.events.length, 0);
  assert.equal(relay.received.length, 1);
  relay.behave();
  assert.deepEqual(await client.publish(event!), [true, ""]);
});

Deno.test("a relay that wants AUTH gives nothing before, and only to whom it knows", async () => {
  const member = newPerson();
  await using relay = await startFaultyRelay({
    faults: [requiringAuth((pubkey) => pubkey === member.pubkey)],
  });
  await using client = await connectClient(relay.url);
  assert.match(await client.refusedReq(FILTER), /^auth-required:/);
  assert.equal((await client.auth(newPerson().secret))[0], false);
  assert.match(await client.refusedReq(FILTER), /^auth-required:/);
  assert.equal((await client.auth(member.secret))[0], true);
  assert.deepEqual(await client.query(FILTER), []);
});

for (const isStored of [true, false]) {
  Deno.test(`a relay dies at an event ${isStored ? "after" : "before"} it is stored`, async () => {
    await using relay = await startFaultyRelay({
      faults: [dyingInMidSend({ isStored, times: 1 })],
    });
    await using client = await connectClient(relay.url);
    const [event] = mailOf(1);
    client.send("EVENT", event);
    await client.ended;
    assert.deepEqual(client.unread(), []);
    assert.equal(relay.events.length, isStored ? 1 : 0);
    await using again = await connectClient(relay.url);
    assert.equal((await again.publish(event!))[0], true);
  });
}

Deno.test("a dead relay comes back on its port with what it kept", async () => {
  await using relay = await startFaultyRelay();
  const mail = mailOf(1);
  {
    await using client = await connectClient(relay.url);
    await publishAll(client, mail);
    await relay.die();
    await client.ended;
  }
  await assert.rejects(connectClient(relay.url));
  await relay.revive();
  await using client = await connectClient(relay.url);
  assert.deepEqual(idsOf(await client.query(FILTER)), idsOf(mail));
});

Deno.test("replays and reorders by its seed, and loses nothing", async () => {
  await using relay = await startFaultyRelay({ faults: [replayingAndReordering(createRandom(7))] });
  await using client = await connectClient(relay.url);
  const mail = mailOf(20);
  await publishAll(client, mail);
  const got = idsOf(await client.query(FILTER));
  assert.ok(got.length > mail.length);
  assert.deepEqual(new Set(got), new Set(idsOf(mail)));
  assert.notDeepEqual([...new Set(got)], idsOf(mail.toReversed()));
});

Deno.test("a relay that lies about EOSE sends what is stored after it", async () => {
  await using relay = await startFaultyRelay();
  await using client = await connectClient(relay.url);
  await publishAll(client, mailOf(1));
  relay.behave(lyingAboutEose());
  assert.deepEqual(await client.subscribe("late", FILTER), []);
  assert.equal((await client.live("late")).created_at, 1_000);
});

Deno.test("a slow relay keeps the order, and one that adds events adds them", async () => {
  const [extra] = mailOf(1);
  await using relay = await startFaultyRelay({
    faults: [slow(createRandom(3), { maxDelayMs: 20 }), adding(() => [extra!])],
  });
  await using client = await connectClient(relay.url);
  const mail = mailOf(3);
  await publishAll(client, mail);
  const expected = [...idsOf(mail.toReversed()), extra!.id];
  assert.deepEqual(idsOf(await client.subscribe("all", FILTER)), expected);
  assert.equal((await client.live("all")).id, extra!.id);
});
