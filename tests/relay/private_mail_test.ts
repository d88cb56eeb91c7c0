import assert from "node:assert/strict";
import { KIND, type NostrEvent } from "../../protocol/nostr_event.ts";
import {
  idsOf,
  makeEvent,
  makeMail,
  makePrivate,
  newPerson,
  nowS,
  randomHex,
} from "./support/events.ts";
import type { TestClient } from "./support/test_client.ts";
import { startTestRelay } from "./support/test_relay.ts";

const STORED = [4, 1059, 4243, 4244];
const EPHEMERAL = [21_059, 24_243];
const PRIVATE = [...STORED, ...EPHEMERAL];
const T = nowS() - 1_000;

/** Every way in which a REQ could ask for an event. */
function waysToAsk(event: NostrEvent): [string, unknown[]][] {
  const [name, value] = event.tags[0]!;
  return [
    ["by id", [{ ids: [event.id] }]],
    ["by author", [{ authors: [event.pubkey] }]],
    ["by tag", [{ [`#${name}`]: [value] }]],
    ["by time", [{ since: event.created_at, until: event.created_at }]],
    ["by everything", [{}]],
    ["by kind among others", [{ kinds: [event.kind, 1] }]],
    ["by author and kind among others", [{ authors: [event.pubkey], kinds: [1, event.kind] }]],
    ["in one filter of several", [{ kinds: [7] }, { ids: [event.id] }, { kinds: [event.kind] }]],
  ];
}

async function assertHidden(client: TestClient, event: NostrEvent, who: string): Promise<void> {
  for (const [way, filters] of waysToAsk(event)) {
    const found = idsOf(await client.query(...filters));
    assert.ok(!found.includes(event.id), `${who} got kind ${event.kind} ${way}`);
  }
}

for (const kind of STORED) {
  Deno.test(`kind ${kind}: stored events go to their reader, and to nobody else by any REQ`, async () => {
    await using relay = await startTestRelay();
    const reader = relay.member();
    const event = makePrivate(kind, reader);
    await using writer = await relay.connect();
    assert.deepEqual(await writer.publish(event), [true, ""]);

    await using stranger = await relay.connect();
    await assertHidden(stranger, event, "a reader without AUTH");
    assert.match(await stranger.refusedReq({ kinds: [kind] }), /^auth-required: /);
    await stranger.auth(relay.member().secret);
    await assertHidden(stranger, event, "somebody else");
    assert.deepEqual(await stranger.query({ kinds: [kind] }), []);

    await using own = await relay.connect();
    await own.auth(reader.secret);
    for (const [way, filters] of waysToAsk(event)) {
      assert.ok(idsOf(await own.query(...filters)).includes(event.id), way);
    }
    assert.deepEqual(await own.query({ kinds: [kind] }), [event]);
  });
}

for (const kind of PRIVATE) {
  Deno.test(`kind ${kind}: live events go to their reader alone`, async () => {
    await using relay = await startTestRelay();
    const reader = relay.member();
    await using writer = await relay.connect();
    await using unauthed = await relay.connect();
    await using other = await relay.connect();
    await using own = await relay.connect();
    await other.auth(relay.member().secret);
    await own.auth(reader.secret);
    const event = makePrivate(kind, reader);
    let n = 0;
    for (const client of [unauthed, other, own]) {
      await client.subscribe("all", {});
      for (const [, filters] of waysToAsk(event)) {
        n += 1;
        await client.subscribe(`way-${n}`, ...filters);
      }
    }
    assert.deepEqual(await writer.publish(event), [true, ""]);
    assert.deepEqual(await own.live("all"), event);
    for (const client of [unauthed, other]) {
      await client.sync();
      assert.deepEqual(client.unread(), []);
    }
  });
}

Deno.test("kind 4: its author reads it too, of mail and gift wraps the author does not", async () => {
  await using relay = await startTestRelay();
  const [author, reader] = [newPerson(), relay.member()];
  await using client = await relay.connect();
  await client.auth(author.secret);
  await client.subscribe("live", { authors: [author.pubkey] });
  const direct = makePrivate(4, reader, author.secret);
  for (const kind of [1059, 4243, 4244]) {
    await client.publish(makePrivate(kind, reader, author.secret));
  }
  await client.publish(direct);
  assert.deepEqual(await client.live("live"), direct);
  assert.deepEqual(idsOf(await client.query({ authors: [author.pubkey] })), [direct.id]);
});

Deno.test("a REQ for private kinds alone without AUTH is CLOSED, one that mixes kinds leaves them out", async () => {
  await using relay = await startTestRelay();
  const reader = relay.member();
  await using client = await relay.connect();
  const note = makeEvent({ created_at: T });
  await client.publish(makeMail(reader.addr));
  await client.publish(note);
  for (
    const filters of [
      [{ kinds: [4243] }],
      [{ kinds: PRIVATE }],
      [{ kinds: [4244], "#q": [reader.addr] }],
      [{ kinds: [4243], ids: [note.id] }, { kinds: [1059] }],
    ]
  ) assert.match(await client.refusedReq(...filters), /^auth-required: /);
  assert.deepEqual(idsOf(await client.query({ kinds: [4243, 1] })), [note.id]);
  assert.deepEqual(idsOf(await client.query({ kinds: [4243] }, { kinds: [1] })), [note.id]);
});

Deno.test("a refused REQ leaves no live subscription behind", async () => {
  await using relay = await startTestRelay();
  const reader = relay.member();
  await using client = await relay.connect();
  client.send("REQ", "s", { kinds: [4243] });
  assert.equal((await client.next())[0], "CLOSED");
  await client.auth(reader.secret);
  await client.publish(makeMail(reader.addr));
  await client.sync();
  assert.deepEqual(client.unread(), []);
});

Deno.test("a live subscription from before AUTH gets private events only after it", async () => {
  await using relay = await startTestRelay();
  const reader = relay.member();
  await using own = await relay.connect();
  await using writer = await relay.connect();
  await own.subscribe("s", { "#q": [reader.addr] });
  const [before, after] = [makeMail(reader.addr), makeMail(reader.addr)];
  await writer.publish(before);
  await own.auth(reader.secret);
  await writer.publish(after);
  assert.deepEqual(await own.live("s"), after);
  assert.deepEqual(own.unread(), []);
});

Deno.test("who is released reads no mail from that moment on, stored or live", async () => {
  await using relay = await startTestRelay();
  const reader = relay.member();
  await using own = await relay.connect();
  await using writer = await relay.connect();
  await own.auth(reader.secret);
  await own.subscribe("s", { "#q": [reader.addr] });
  const first = makeMail(reader.addr);
  await writer.publish(first);
  assert.deepEqual(await own.live("s"), first);
  relay.members.release(reader.addr);
  await writer.publish(makeMail(reader.addr));
  await own.sync();
  assert.deepEqual(own.unread(), []);
  assert.deepEqual(await own.query({ "#q": [reader.addr] }), []);
});

Deno.test("when the nostr key of an addr changes, the new key reads and the old one does not", async () => {
  await using relay = await startTestRelay();
  const reader = relay.member();
  const successor = newPerson();
  await using old = await relay.connect();
  await using fresh = await relay.connect();
  await old.auth(reader.secret);
  await fresh.auth(successor.secret);
  const mail = makeMail(reader.addr);
  await old.publish(mail);
  relay.members.register(reader.addr, successor.pubkey);
  assert.deepEqual(await old.query({ kinds: [4243] }), []);
  assert.deepEqual(await fresh.query({ kinds: [4243] }), [mail]);
});

Deno.test("mail for an addr that nobody registered is read by nobody", async () => {
  await using relay = await startTestRelay();
  const person = newPerson();
  await using client = await relay.connect();
  await client.auth(person.secret);
  await client.publish(makeMail(person.addr));
  assert.deepEqual(await client.query({ kinds: [4243], "#q": [person.addr] }), []);
});

Deno.test("an addr that equals a pubkey does not let that key read", async () => {
  await using relay = await startTestRelay();
  const person = newPerson();
  relay.members.register(person.pubkey, newPerson().pubkey);
  await using client = await relay.connect();
  await client.auth(person.secret);
  await client.publish(makeMail(person.pubkey));
  assert.deepEqual(await client.query({ kinds: [4243] }), []);
});

Deno.test("a mailbox is caught up on by kind and q, newest first, cut by limit", async () => {
  await using relay = await startTestRelay();
  const [reader, other] = [relay.member(), relay.member()];
  await using client = await relay.connect();
  const mail = Array.from(
    { length: 8 },
    (_, i) => makeMail(reader.addr, { created_at: T + i, kind: i % 2 ? KIND.message : KIND.quiet }),
  );
  for (const event of mail) await client.publish(event);
  for (let i = 0; i < 8; i++) await client.publish(makeMail(other.addr, { created_at: T + i }));
  await client.auth(reader.secret);
  const quiet = mail.filter(({ kind }) => kind === KIND.quiet).reverse();
  const ask = { kinds: [KIND.quiet], "#q": [reader.addr] };
  assert.deepEqual(await client.query(ask), quiet);
  assert.deepEqual(await client.query({ ...ask, limit: 2 }), quiet.slice(0, 2));
  assert.deepEqual(
    idsOf(await client.query({ kinds: [KIND.message, KIND.quiet] })),
    idsOf(mail).reverse(),
  );
});

Deno.test("private events past the retention or their expiration are refused, and swept at the start", async () => {
  let nowMs = Date.now();
  const deps = { retentionS: 3_600, nowMs: () => nowMs };
  await using relay = await startTestRelay(deps);
  const reader = relay.member();
  await using client = await relay.connect();
  const at = nowS();
  const expiring = makeMail(reader.addr, {
    tags: [["expiration", `${at + 60}`], ["q", reader.addr]],
  });
  const mail = makeMail(reader.addr, { created_at: at - 1_800 });
  const note = makeEvent({ created_at: at - 1_800 });
  for (const event of [expiring, mail, note]) {
    assert.deepEqual(await client.publish(event), [true, ""]);
  }
  const tooOld = await client.publish(makeMail(reader.addr, { created_at: at - 3_700 }));
  assert.match(tooOld[1], /^invalid: .*older/);
  nowMs += 120_000;
  await client.auth(reader.secret);
  assert.deepEqual(idsOf(await client.query({ kinds: [4243] })), [mail.id]);
  const gone = makeMail(reader.addr, { tags: [["q", reader.addr], ["expiration", `${at + 100}`]] });
  assert.match((await client.publish(gone))[1], /^invalid: .*expired/);

  nowMs += 1_800_000;
  await relay.stop();
  await using again = await startTestRelay({ ...deps, dbPath: relay.dbPath });
  again.members.register(reader.addr, reader.pubkey);
  await using later = await again.connect();
  await later.auth(reader.secret, { created_at: Math.floor(nowMs / 1000) });
  assert.deepEqual(idsOf(await later.query({})), [note.id]);
  assert.ok(again.logLines.some((line) => line.includes('"relay.swept"') && line.includes("2")));
});

Deno.test("what is asked without AUTH costs no look at private events, whatever their number", async () => {
  await using relay = await startTestRelay();
  const reader = relay.member();
  await using client = await relay.connect();
  const note = makeEvent({ created_at: T, tags: [["q", reader.addr]] });
  await client.publish(note);
  await Promise.all(
    Array.from({ length: 100 }, () => client.publish(makeMail(reader.addr))),
  );
  assert.deepEqual(idsOf(await client.query({ "#q": [reader.addr], limit: 1 })), [note.id]);
  assert.deepEqual(idsOf(await client.query({ limit: 1 })), [note.id]);
  assert.deepEqual(await client.query({ ids: [randomHex()] }), []);
});
