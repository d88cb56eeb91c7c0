import assert from "node:assert/strict";
import { KIND, type NostrEvent } from "../../protocol/nostr_event.ts";
import { assertLearns } from "./support/asking.ts";
import { idsOf, makeEvent, makeMail, makePrivate, newPerson, nowS } from "./support/events.ts";
import { publishInOrder, refusedEvent } from "./support/publish.ts";
import { idsOnDisk } from "./support/disk.ts";
import { awaitSweep } from "./support/sweep.ts";
import { startTestRelay } from "./support/test_relay.ts";

/** A clock that a test moves, in seconds. */
function createClock() {
  let ms = Date.now();
  return {
    nowMs: () => ms,
    nowS: () => Math.floor(ms / 1000),
    passS: (seconds: number) => void (ms += seconds * 1000),
  };
}

function expiring(
  atS: number,
  template: Parameters<typeof makeEvent>[0] = {},
  secret?: Uint8Array,
) {
  const { tags = [] } = template;
  return makeEvent({ ...template, tags: [...tags, ["expiration", `${atS}`]] }, secret);
}

Deno.test("an event that has expired is refused, of whatever kind", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const reader = relay.member();
  await client.subscribe("s", {});
  for (const kind of [0, 1, 30_023, 20_000]) {
    for (const at of [nowS() - 1, 1, 0]) {
      const event = expiring(at, { kind });
      assert.match(await refusedEvent(client, event), /^invalid: .*expired/, `${kind} ${at}`);
    }
  }
  const tags = [["q", reader.addr], ["expiration", `${nowS() - 1}`]];
  for (const kind of [KIND.message, KIND.quiet, KIND.typing]) {
    const mail = makeMail(reader.addr, { kind, tags });
    assert.match(await refusedEvent(client, mail), /^invalid: .*expired/);
  }
  await client.sync();
  assert.deepEqual(client.unread(), []);
  await assertLearns(client, { filters: [{}], events: [] });
});

Deno.test("until it expires an event is like any other; from then on nobody learns of it", async () => {
  const clock = createClock();
  await using relay = await startTestRelay({ nowMs: clock.nowMs });
  await using client = await relay.connect();
  const alice = newPerson();
  await client.subscribe("s", { kinds: [1] });
  const at = clock.nowS() + 60;
  const tags = [["t", "x"]];
  const short = expiring(at, { tags }, alice.secret);
  const long = expiring(at + 3_600, { tags, content: "long" }, alice.secret);
  const ever = makeEvent({ tags, content: "ever" }, alice.secret);
  await publishInOrder(client, short, long, ever);
  assert.deepEqual(await client.live("s"), short);
  const filters = [
    {},
    { ids: idsOf([short, long, ever]) },
    { kinds: [1] },
    { authors: [alice.pubkey] },
    { "#t": ["x"] },
    { kinds: [1], authors: [alice.pubkey] },
    { since: short.created_at },
  ];
  for (const filter of filters) {
    await assertLearns(client, { filters: [filter], events: [short, long, ever] });
  }
  clock.passS(61);
  for (const filter of filters) {
    await assertLearns(client, { filters: [filter], events: [long, ever] });
  }
  await assertLearns(client, { filters: [{ kinds: [7] }, { kinds: [1] }], events: [long, ever] });
  assert.match(await refusedEvent(client, short), /^invalid: .*expired/);
  clock.passS(3_600);
  await assertLearns(client, { filters: [{}], events: [ever] });
});

Deno.test("expired events do not use up a limit", async () => {
  const clock = createClock();
  await using relay = await startTestRelay({ nowMs: clock.nowMs });
  await using client = await relay.connect();
  const at = clock.nowS();
  const kept = [1, 2].map((ago) => makeEvent({ created_at: at - 100 - ago }));
  const short = Array.from({ length: 20 }, (_, i) => expiring(at + 10, { created_at: at - i }));
  await publishInOrder(client, ...kept, ...short);
  clock.passS(11);
  assert.deepEqual(idsOf(await client.query({ kinds: [1], limit: 2 })), idsOf(kept));
});

Deno.test("private kinds expire for their reader too", async () => {
  const clock = createClock();
  await using relay = await startTestRelay({ nowMs: clock.nowMs });
  await using client = await relay.connect();
  const reader = relay.member();
  await client.auth(reader.secret);
  const expiration = ["expiration", `${clock.nowS() + 60}`];
  const short = [
    makeMail(reader.addr, { tags: [["q", reader.addr], expiration] }),
    makeMail(reader.addr, { kind: KIND.quiet, tags: [expiration, ["q", reader.addr]] }),
    makeEvent({ kind: KIND.giftWrap, tags: [["p", reader.pubkey], expiration] }),
    makeEvent({ kind: KIND.directMessage, tags: [["p", reader.pubkey], expiration] }),
  ];
  const kept = makePrivate(KIND.message, reader);
  await publishInOrder(client, ...short, kept);
  await assertLearns(client, { filters: [{}], events: [...short, kept] });
  clock.passS(61);
  await assertLearns(client, { filters: [{}], events: [kept] });
  await assertLearns(client, { filters: [{ ids: idsOf(short) }], events: [] });
});

Deno.test("a replaceable event that expired makes room for one that is newer, and brings no older one back", async () => {
  const clock = createClock();
  await using relay = await startTestRelay({ nowMs: clock.nowMs });
  await using client = await relay.connect();
  const alice = newPerson();
  const at = clock.nowS();
  const make = (kind: number, created_at: number) =>
    makeEvent({ kind, created_at, tags: [["d", "a"]] }, alice.secret);
  for (const kind of [0, 30_023]) {
    const short = expiring(
      at + 10,
      { kind, created_at: at - 50, tags: [["d", "a"]] },
      alice.secret,
    );
    await publishInOrder(client, make(kind, at - 100), short);
  }
  clock.passS(11);
  await assertLearns(client, { filters: [{ kinds: [0, 30_023] }], events: [] });
  const next = [0, 30_023].map((kind) => make(kind, at));
  await publishInOrder(client, ...next);
  await assertLearns(client, { filters: [{ kinds: [0, 30_023] }], events: next });
});

Deno.test("what has expired is swept from the disk, nothing else", async () => {
  const clock = createClock();
  await using relay = await startTestRelay({ nowMs: clock.nowMs });
  const reader = relay.member();
  const at = clock.nowS() + 60;
  const short: NostrEvent[] = [
    expiring(at),
    expiring(at, { kind: 0 }),
    expiring(at, { kind: 30_023, tags: [["d", "a"]] }),
    makeMail(reader.addr, { tags: [["q", reader.addr], ["expiration", `${at}`]] }),
  ];
  const kept = [expiring(at + 3_600), makeEvent(), makeMail(reader.addr)];
  {
    await using client = await relay.connect();
    await publishInOrder(client, ...short, ...kept);
  }
  await relay.stop();
  const { dbPath, members } = relay;
  assert.equal(idsOnDisk(dbPath).length, short.length + kept.length);

  clock.passS(61);
  const { log, swept } = awaitSweep();
  await using again = await startTestRelay({ dbPath, members, log, nowMs: clock.nowMs });
  assert.equal(await swept, short.length);
  await again.stop();
  assert.deepEqual(idsOnDisk(dbPath), idsOf(kept).sort());
});
