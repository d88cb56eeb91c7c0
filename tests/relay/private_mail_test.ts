import assert from "node:assert/strict";
import { KIND } from "../../protocol/nostr_event.ts";
import { idsOf, makeEvent, makeMail, newPerson, nowS, randomHex } from "./support/events.ts";
import { startTestRelay } from "./support/test_relay.ts";

const T = nowS() - 1_000;

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
