import assert from "node:assert/strict";
import { KIND, type NostrEvent } from "../../protocol/nostr_event.ts";
import {
  envelopeContent,
  idsOf,
  makeEvent,
  makeMail,
  makePrivate,
  newPerson,
  nowS,
  randomHex,
} from "./support/events.ts";
import { startTestRelay } from "./support/test_relay.ts";
import { createRateLimiter } from "../../server/rate_limit.ts";

const MAIL = [KIND.message, KIND.quiet, KIND.typing];

Deno.test("members: a member may publish any kind", async () => {
  await using relay = await startTestRelay({ policy: "members" });
  await using client = await relay.connect();
  const member = relay.member();
  for (const kind of [0, 1, 5, 10_002, 30_023]) {
    assert.deepEqual(await client.publish(makeEvent({ kind }, member.secret)), [true, ""]);
  }
});

Deno.test("members: a stranger may publish mail and gift wraps to a member", async () => {
  await using relay = await startTestRelay({ policy: "members" });
  await using client = await relay.connect();
  const member = relay.member();
  for (const kind of [...MAIL, KIND.giftWrap]) {
    assert.deepEqual(await client.publish(makePrivate(kind, member)), [true, ""], `${kind}`);
  }
});

Deno.test("members: everything else by a stranger is blocked", async () => {
  await using relay = await startTestRelay({ policy: "members" });
  await using client = await relay.connect();
  const [member, nobody] = [relay.member(), newPerson()];
  const events = [
    makeEvent({ kind: 0 }),
    makeEvent({ kind: 1, tags: [["p", member.pubkey]] }),
    makeEvent({ kind: 10_002 }),
    makePrivate(4, member),
    makePrivate(21_059, member),
    ...[...MAIL, KIND.giftWrap].map((kind) => makePrivate(kind, nobody)),
    makeMail(member.pubkey),
    makeEvent({ kind: KIND.giftWrap, tags: [["p", member.addr]] }),
  ];
  for (const event of events) {
    const [accepted, message] = await client.publish(event);
    assert.equal(accepted, false);
    assert.match(message, /^blocked: /, `${event.kind}`);
  }
  await client.auth(member.secret);
  assert.deepEqual(await client.query({}), []);
});

Deno.test("members: a registration counts at once, a release too", async () => {
  await using relay = await startTestRelay({ policy: "members" });
  await using client = await relay.connect();
  const person = newPerson();
  assert.match((await client.publish(makeEvent({}, person.secret)))[1], /^blocked: /);
  relay.members.register(person.addr, person.pubkey);
  assert.deepEqual(await client.publish(makeEvent({ content: "1" }, person.secret)), [true, ""]);
  assert.deepEqual(await client.publish(makeMail(person.addr)), [true, ""]);
  relay.members.release(person.addr);
  assert.match((await client.publish(makeEvent({ content: "2" }, person.secret)))[1], /^blocked: /);
  assert.match((await client.publish(makeMail(person.addr)))[1], /^blocked: /);
});

Deno.test("open: anybody may publish any kind", async () => {
  await using relay = await startTestRelay({ policy: "open" });
  await using client = await relay.connect();
  for (const kind of [0, 1, 7, 10_002, 30_023, 21_059]) {
    assert.deepEqual(await client.publish(makeEvent({ kind })), [true, ""], `${kind}`);
  }
  assert.deepEqual(await client.publish(makeMail(randomHex())), [true, ""]);
});

const WRONG_TAGS: [string, (addr: string) => string[][]][] = [
  ["no q tag", () => []],
  ["two q tags", (addr) => [["q", addr], ["q", randomHex()]]],
  ["the same q tag twice", (addr) => [["q", addr], ["q", addr]]],
  ["a p tag besides", (addr) => [["q", addr], ["p", randomHex()]]],
  ["an e tag besides", (addr) => [["q", addr], ["e", randomHex()]]],
  ["a q tag without a value", () => [["q"]]],
  ["a q tag with a third value", (addr) => [["q", addr, "wss://relay.example.org"]]],
  ["a q tag that is no addr", () => [["q", "bob"]]],
  ["a q tag in capitals", (addr) => [["q", addr.toUpperCase().replace(/\d/g, "A")]]],
  [
    "two expirations",
    (addr) => [["q", addr], ["expiration", "9999999999"], ["expiration", "9999999999"]],
  ],
  ["an expiration that is no time", (addr) => [["q", addr], ["expiration", "soon"]]],
];

for (const [name, tags] of WRONG_TAGS) {
  Deno.test(`mail with ${name} is invalid, under both policies`, async () => {
    for (const policy of ["members", "open"] as const) {
      await using relay = await startTestRelay({ policy });
      await using client = await relay.connect();
      const member = relay.member();
      for (const kind of MAIL) {
        const [accepted, message] = await client.publish(
          makeMail(member.addr, { kind, tags: tags(member.addr) }),
        );
        assert.equal(accepted, false);
        assert.match(message, /^invalid: .*q tag/);
      }
    }
  });
}

Deno.test("mail may have an expiration, before or behind its q tag", async () => {
  await using relay = await startTestRelay({ policy: "members" });
  await using client = await relay.connect();
  const { addr } = relay.member();
  const expiration = ["expiration", `${nowS() + 600}`];
  for (const tags of [[["q", addr], expiration], [expiration, ["q", addr]]]) {
    assert.deepEqual(await client.publish(makeMail(addr, { tags })), [true, ""]);
  }
});

const { enc, ct } = JSON.parse(envelopeContent());
const WRONG_CONTENT: [string, string][] = [
  ["plain text", "hello"],
  ["nothing", ""],
  ["an envelope of version 1", JSON.stringify({ v: 1, from: "a", to: "b" })],
  ["an envelope of version 3", JSON.stringify({ v: 3, enc, ct })],
  ["a list", JSON.stringify([2, enc, ct])],
  ["an enc that is too short", JSON.stringify({ v: 2, enc: "AAAA", ct })],
  ["a ct that is not base64url", JSON.stringify({ v: 2, enc, ct: "a+b/" })],
  ["no ct", JSON.stringify({ v: 2, enc })],
  ["10,000 nested arrays", `{"v":2,"enc":${"[".repeat(10_000)}${"]".repeat(10_000)},"ct":""}`],
];

for (const [name, content] of WRONG_CONTENT) {
  Deno.test(`mail with ${name} as content is invalid`, async () => {
    await using relay = await startTestRelay({ policy: "members" });
    await using client = await relay.connect();
    const [accepted, message] = await client.publish(makeMail(relay.member().addr, { content }));
    assert.equal(accepted, false);
    assert.match(message, /^invalid: .*envelope/);
  });
}

Deno.test("a gift wrap has exactly one p tag, and may have others", async () => {
  await using relay = await startTestRelay({ policy: "members" });
  await using client = await relay.connect();
  const { pubkey } = relay.member();
  const wrap = (tags: string[][]) => client.publish(makeEvent({ kind: KIND.giftWrap, tags }));
  for (const tags of [[], [["p", pubkey], ["p", randomHex()]], [["p"]], [["p", "bob"]]]) {
    assert.match((await wrap(tags))[1], /^invalid: .*p tag/);
  }
  assert.deepEqual(await wrap([["p", pubkey, "wss://relay.example.org"], ["k", "14"]]), [true, ""]);
});

Deno.test("a stranger's gift wrap has few tags, a member's as many as any event", async () => {
  await using relay = await startTestRelay({ policy: "members" });
  await using client = await relay.connect();
  const [reader, author] = [relay.member(), relay.member()];
  const wrap = (tags: number, secret?: Uint8Array) => {
    const others = Array.from({ length: tags - 1 }, (_, i) => ["t", String(i)]);
    return makeEvent({ kind: KIND.giftWrap, tags: [["p", reader.pubkey], ...others] }, secret);
  };
  assert.deepEqual(await client.publish(wrap(16)), [true, ""]);
  assert.match((await client.publish(wrap(17)))[1], /^invalid: .*at most 16 tags/);
  assert.deepEqual(await client.publish(wrap(17, author.secret)), [true, ""]);
});

Deno.test("strangers may store 600 events an hour for one reader; members, and other readers, are not held up", async () => {
  let nowMs = Date.now();
  const limiter = createRateLimiter({
    enabled: true,
    nowMs: () => nowMs,
    store: { load: () => Promise.resolve([]), save: () => Promise.resolve() },
  });
  // The client's own bucket is not what this is about.
  const mailOnly = {
    take: (rule: Parameters<typeof limiter.take>[0], key: string) =>
      rule.name === "relay_mail"
        ? limiter.take(rule, key)
        : { allowed: true, limit: 1, remaining: 1, retryAfterS: 0 },
  };
  await using relay = await startTestRelay({
    policy: "members",
    limiter: mailOnly,
    nowMs: () => nowMs,
  });
  await using client = await relay.connect();
  const [reader, other, sender] = [relay.member(), relay.member(), relay.member()];
  const mail = (): NostrEvent => makeMail(reader.addr, { content: envelopeContent(16) });
  for (let left = 600; left > 0; left -= 200) {
    const answers = await Promise.all(Array.from({ length: 200 }, () => client.publish(mail())));
    assert.ok(answers.every(([accepted]) => accepted));
  }
  const [accepted, message] = await client.publish(mail());
  assert.equal(accepted, false);
  assert.match(message, /^rate-limited: /);
  assert.deepEqual(await client.publish(makeMail(other.addr)), [true, ""]);
  const byMember = makeEvent(
    { kind: KIND.message, tags: [["q", reader.addr]], content: envelopeContent() },
    sender.secret,
  );
  assert.deepEqual(await client.publish(byMember), [true, ""]);
  assert.deepEqual(await client.publish(makeMail(reader.addr, { kind: KIND.typing })), [true, ""]);
  nowMs += 60 * 60 * 1000;
  assert.deepEqual(await client.publish(mail()), [true, ""]);
});

Deno.test("a mailbox holds so many bytes from strangers, and takes more when some are gone", async () => {
  let nowMs = Date.now();
  await using relay = await startTestRelay({
    policy: "members",
    limits: { maxMailboxBytes: 8_000 },
    nowMs: () => nowMs,
  });
  await using client = await relay.connect();
  const [reader, other, sender] = [relay.member(), relay.member(), relay.member()];
  const at = nowS();
  const mail = (expiresInS: number) =>
    makeMail(reader.addr, {
      content: envelopeContent(2_000),
      tags: [["q", reader.addr], ["expiration", `${at + expiresInS}`]],
    });
  const kept = [mail(60), mail(9_000)];
  for (const event of kept) assert.deepEqual(await client.publish(event), [true, ""]);
  const [accepted, message] = await client.publish(mail(60));
  assert.equal(accepted, false);
  assert.match(message, /^rate-limited: .*full/);
  assert.match((await client.publish(kept[0]!))[1], /^duplicate: /);
  assert.deepEqual(await client.publish(makeMail(other.addr)), [true, ""]);
  assert.deepEqual(await client.publish(makePrivate(KIND.message, reader, sender.secret)), [
    true,
    "",
  ]);

  nowMs += 120_000;
  await relay.stop();
  await using again = await startTestRelay({
    policy: "members",
    limits: { maxMailboxBytes: 8_000 },
    nowMs: () => nowMs,
    dbPath: relay.dbPath,
    members: relay.members,
  });
  await using later = await again.connect();
  assert.deepEqual(await later.publish(mail(9_000)), [true, ""]);
  assert.match((await later.publish(mail(9_000)))[1], /^rate-limited: .*full/);
  await later.auth(reader.secret);
  assert.ok(idsOf(await later.query({ kinds: [KIND.message] })).includes(kept[1]!.id));
});

Deno.test("typing goes to the reader and is stored nowhere", async () => {
  await using relay = await startTestRelay({ policy: "members" });
  await using writer = await relay.connect();
  await using own = await relay.connect();
  const reader = relay.member();
  await own.auth(reader.secret);
  await own.subscribe("s", { kinds: [KIND.typing], "#q": [reader.addr] });
  const typing = makeMail(reader.addr, { kind: KIND.typing });
  assert.deepEqual(await writer.publish(typing), [true, ""]);
  assert.deepEqual(await own.live("s"), typing);
  assert.deepEqual(await own.query({ ids: [typing.id] }), []);
});
