import assert from "node:assert/strict";
import { connect } from "node:net";
import { KIND } from "../../protocol/nostr_event.ts";
import { idsOnDisk } from "./support/disk.ts";
import {
  idsOf,
  makeEvent,
  makePrivate,
  newPerson,
  type Person,
  randomHex,
} from "./support/events.ts";
import { admin, informationOf, manage, managedError, startManaged } from "./support/manage.ts";
import { publishInOrder } from "./support/publish.ts";
import { startTestRelay } from "./support/test_relay.ts";

const STORED_MAIL = [KIND.message, KIND.quiet, KIND.giftWrap];

Deno.test("NIP-11 names the admin, and what the relay is called now", async () => {
  await using relay = await startManaged();
  const before = await informationOf(relay);
  assert.equal(before.pubkey, admin.pubkey);
  assert.ok((before.supported_nips as number[]).includes(86));
  assert.equal("icon" in before, false);

  assert.equal(await manage(relay, "changerelayname", "Ours"), true);
  assert.equal(await manage(relay, "changerelaydescription", "One.\n\nTwo."), true);
  assert.equal(await manage(relay, "changerelayicon", "https://example.org/i.png"), true);
  const { name, description, icon } = await informationOf(relay);
  assert.deepEqual([name, description, icon], [
    "Ours",
    "One.\n\nTwo.",
    "https://example.org/i.png",
  ]);
  assert.match(await (await fetch(relay.httpUrl)).text(), /relay of Ours\./);

  for (const what of ["name", "description", "icon"]) await manage(relay, `changerelay${what}`, "");
  assert.deepEqual(await informationOf(relay), before);
});

Deno.test("keys are banned and allowed, and stand on one list at most", async () => {
  await using relay = await startManaged();
  const [key, other] = [randomHex(), randomHex()].sort() as [string, string];
  assert.equal(await manage(relay, "banpubkey", key, "spam"), true);
  assert.equal(await manage(relay, "banpubkey", other), true);
  assert.deepEqual(await manage(relay, "listbannedpubkeys"), [
    { pubkey: key, reason: "spam" },
    { pubkey: other },
  ]);
  await manage(relay, "allowpubkey", key, "a mistake");
  assert.deepEqual(await manage(relay, "listbannedpubkeys"), [{ pubkey: other }]);
  assert.deepEqual(await manage(relay, "listallowedpubkeys"), [{
    pubkey: key,
    reason: "a mistake",
  }]);
  await manage(relay, "unallowpubkey", key);
  await manage(relay, "unbanpubkey", other);
  assert.deepEqual(await manage(relay, "listbannedpubkeys"), []);
  assert.deepEqual(await manage(relay, "listallowedpubkeys"), []);
});

Deno.test("events are banned and allowed", async () => {
  await using relay = await startManaged();
  const [id, other] = [randomHex(), randomHex()];
  await manage(relay, "banevent", id, "a reason");
  await manage(relay, "banevent", other);
  await manage(relay, "unbanevent", other);
  assert.deepEqual(await manage(relay, "listbannedevents"), [{ id, reason: "a reason" }]);
  await manage(relay, "allowevent", id);
  assert.deepEqual(await manage(relay, "listbannedevents"), []);
});

Deno.test("parameters that cannot be meant are refused", async () => {
  await using relay = await startManaged();
  const key = randomHex();
  const cases: Array<[string, unknown[], RegExp]> = [
    ["banpubkey", [], /pubkey must be 64 lower-case hex/],
    ["banpubkey", [key.slice(1)], /64 lower-case hex/],
    ["banpubkey", ["A".repeat(64)], /64 lower-case hex/],
    ["banpubkey", [[key]], /64 lower-case hex/],
    ["banpubkey", [key, 1], /reason must be text/],
    ["banpubkey", [key, "x".repeat(501)], /at most 500 characters/],
    ["banpubkey", [key, "a\nb"], /without control characters/],
    ["banpubkey", [key, "\ud800"], /reason must be text/],
    ["banevent", ["x"], /event id must be 64 lower-case hex/],
    ["blockip", [], /address must be one of IPv4 or IPv6/],
    ["blockip", ["localhost"], /address must be/],
    ["blockip", ["10.0.0.0/8"], /address must be/],
    ["blockip", ["2001:db8::/32"], /address must be/],
    ["blockip", ["1".repeat(1000)], /address must be/],
    ["changerelayname", ["a\nb"], /name must be text/],
    ["changerelayname", [null], /name must be text/],
    ["changerelaydescription", ["x".repeat(501)], /description must be text/],
    ["changerelayicon", ["javascript:alert(1)"], /icon must be a URL/],
  ];
  for (const [method, params, words] of cases) {
    assert.match(await managedError(relay, JSON.stringify({ method, params })), words);
  }
  for (const list of ["bannedpubkeys", "bannedevents", "blockedips"]) {
    assert.deepEqual(await manage(relay, `list${list}`), []);
  }
});

Deno.test("a blocked address gets no socket, and the sockets it has end", async () => {
  await using relay = await startManaged({ trustedProxies: ["127.0.0.0/8"] });
  const from = (client: string) => ({ headers: { "x-forwarded-for": client } });
  await using blocked = await relay.connect(from("203.0.113.7"));
  await using other = await relay.connect(from("203.0.113.8"));
  await manage(relay, "blockip", "203.0.113.7", "a flood");
  assert.equal(await blocked.ended, 1008);
  await other.sync();
  await assert.rejects(relay.connect(from("203.0.113.7")), /refused/);
  assert.deepEqual(await manage(relay, "listblockedips"), [{
    ip: "203.0.113.7",
    reason: "a flood",
  }]);
  await manage(relay, "unblockip", "203.0.113.7");
  await using again = await relay.connect(from("203.0.113.7"));
  await again.sync();
});

Deno.test("an IPv6 address is blocked with its /64, and unblocked by what the list says", async () => {
  await using relay = await startManaged({ trustedProxies: ["127.0.0.0/8"] });
  const from = (client: string) => ({ headers: { "x-forwarded-for": client } });
  await using neighbour = await relay.connect(from("2001:db8:1:2::9"));
  await using other = await relay.connect(from("2001:db8:1:3::1"));
  await manage(relay, "blockip", "2001:DB8:1:2:0::1");
  assert.equal(await neighbour.ended, 1008);
  await other.sync();
  const list = await manage(relay, "listblockedips") as { ip: string }[];
  assert.deepEqual(list, [{ ip: "2001:db8:1:2::/64" }]);
  await manage(relay, "unblockip", list[0]!.ip);
  assert.deepEqual(await manage(relay, "listblockedips"), []);
});

Deno.test("a blocked address is refused with 403", async () => {
  await using relay = await startManaged();
  await manage(relay, "blockip", "127.0.0.1");
  const socket = connect(Number(new URL(relay.url).port), "127.0.0.1");
  const answer = new Promise<string>((resolve) => {
    socket.once("data", (data) => resolve(data.toString()));
  });
  const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()));
  socket.write(
    "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  );
  assert.match(await answer, /^HTTP\/1\.1 403 Forbidden\r\n/);
  socket.end();
  await closed;
  assert.equal(await manage(relay, "unblockip", "127.0.0.1"), true);
});

Deno.test("the log says which method was called, and not about whom", async () => {
  await using relay = await startManaged();
  const key = randomHex();
  await manage(relay, "banpubkey", key, "spam");
  const lines = relay.logLines.filter((line) => line.includes("relay.managed"));
  assert.deepEqual(lines.map((line) => JSON.parse(line).method), ["banpubkey"]);
  assert.equal(relay.logLines.join("").includes(key), false);
});

Deno.test(
  "a banned key loses its events and its connections, and gets nothing in",
  async () => {
    await using relay = await startManaged();
    const person = newPerson();
    const notes = [1, 2].map(() => makeEvent({}, person.secret));
    const foreign = makeEvent();
    await using author = await relay.connect();
    await using client = await relay.connect();
    for (const event of [...notes, foreign]) await author.publish(event);
    await author.auth(person.secret);

    await manage(relay, "banpubkey", person.pubkey, "spam");
    assert.equal(await author.ended, 1008);
    const [accepted, message] = await client.publish(makeEvent({}, person.secret));
    assert.equal(accepted, false);
    assert.match(message, /^blocked:/);
    const [isIn, why] = await client.auth(person.secret);
    assert.equal(isIn, false);
    assert.match(why, /^(?:blocked|restricted):/);
    await relay.stop();

    await using later = await startTestRelay({ dbPath: relay.dbPath, adminPubkey: admin.pubkey });
    await using reader = await later.connect();
    assert.deepEqual((await reader.query({ kinds: [1] })).map(({ id }) => id), [foreign.id]);
    assert.match((await reader.publish(notes[0]!))[1], /^blocked:/);
  },
);

Deno.test(
  "a banned event is gone at once and does not come back until it is allowed",
  async () => {
    await using relay = await startManaged();
    await using client = await relay.connect();
    const event = makeEvent();
    await client.publish(event);
    await manage(relay, "banevent", event.id);
    assert.deepEqual(await client.query({ ids: [event.id] }), []);
    const [accepted, message] = await client.publish(event);
    assert.equal(accepted, false);
    assert.match(message, /^blocked:/);
    await manage(relay, "allowevent", event.id);
    assert.deepEqual(await client.publish(event), [true, ""]);
  },
);

Deno.test(
  "a key that is allowed writes like a member, until it is not any more",
  async () => {
    await using relay = await startManaged({ policy: "members" });
    await using client = await relay.connect();
    const { secret, pubkey } = newPerson();
    assert.match((await client.publish(makeEvent({}, secret)))[1], /^blocked:/);
    await manage(relay, "allowpubkey", pubkey);
    assert.deepEqual(await client.publish(makeEvent({}, secret)), [true, ""]);
    await manage(relay, "unallowpubkey", pubkey);
    assert.match((await client.publish(makeEvent({}, secret)))[1], /^blocked:/);
  },
);

Deno.test("a ban takes nothing that others sent: mail to a member stays, and so does mail to the banned key", async () => {
  await using relay = await startManaged({ policy: "members" });
  const [reader, banned] = [relay.member(), relay.member()];
  const signed = makePrivate(KIND.directMessage, reader, banned.secret);
  const mailOf = (person: Person) => STORED_MAIL.map((kind) => makePrivate(kind, person));
  const [toReader, toBanned] = [mailOf(reader), mailOf(banned)];
  {
    await using client = await relay.connect();
    await publishInOrder(client, signed, ...toReader, ...toBanned);
    await manage(relay, "banpubkey", banned.pubkey);
    await client.auth(reader.secret);
    assert.deepEqual(idsOf(await client.query({})).sort(), idsOf(toReader).sort());
  }
  await relay.stop();
  const kept = [...toReader, ...toBanned];
  assert.deepEqual(idsOnDisk(relay.dbPath), idsOf(kept).sort());

  const { dbPath, members } = relay;
  await using later = await startManaged({ policy: "members", dbPath, members });
  await using client = await later.connect();
  await manage(later, "unbanpubkey", banned.pubkey);
  for (const { secret } of [reader, banned]) await client.auth(secret);
  assert.deepEqual(idsOf(await client.query({})).sort(), idsOf(kept).sort());
});

Deno.test("lists and names outlive a restart", async () => {
  await using relay = await startManaged();
  const key = randomHex();
  await manage(relay, "banpubkey", key, "spam");
  await manage(relay, "blockip", "203.0.113.7");
  await manage(relay, "changerelayname", "Ours");
  await relay.stop();
  await using later = await startTestRelay({ dbPath: relay.dbPath, adminPubkey: admin.pubkey });
  assert.deepEqual(await manage(later, "listbannedpubkeys"), [{ pubkey: key, reason: "spam" }]);
  assert.deepEqual(await manage(later, "listblockedips"), [{ ip: "203.0.113.7" }]);
  assert.equal((await informationOf(later)).name, "Ours");
});
