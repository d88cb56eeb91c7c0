import assert from "node:assert/strict";
import { KIND, type NostrEvent } from "../../protocol/nostr_event.ts";
import { createRateLimiter } from "../../server/rate_limit.ts";
import { count } from "./support/count.ts";
import { makeEvent, makeMail, newPerson, nowS, type Person } from "./support/events.ts";
import { publishAll, publishInOrder, refusedEvent } from "./support/publish.ts";
import { startTestRelay } from "./support/test_relay.ts";

const T = nowS() - 10_000;
const QUOTA = { policy: "members", limits: { maxMemberBytes: 10_000 } } as const;
const RESTRICTED = /^restricted: /;

/** A note of about so many bytes. */
function noteOf({ secret }: Person, bytes: number, created_at = T): NostrEvent {
  return makeEvent({ created_at, content: "x".repeat(bytes - 350) }, secret);
}

Deno.test("a member whose events take up all of its room stores no more; others do", async () => {
  await using relay = await startTestRelay(QUOTA);
  await using client = await relay.connect();
  const [member, other] = [relay.member(), relay.member()];
  const kept = [1, 2, 3].map((i) => noteOf(member, 3_000, T + i));
  await publishInOrder(client, ...kept);
  const late = noteOf(member, 3_000, T + 4);
  assert.match(await refusedEvent(client, late), RESTRICTED);
  assert.equal(await count(client, { authors: [member.pubkey] }), 3);
  assert.match((await client.publish(kept[0]!))[1], /^duplicate: /);
  await publishInOrder(client, noteOf(other, 3_000), makeMail(member.addr));
  // What is not stored takes up nothing.
  await publishInOrder(
    client,
    makeEvent({ kind: 20_001, content: "x".repeat(5_000) }, member.secret),
  );
  await client.auth(member.secret);
  assert.match(await refusedEvent(client, late), RESTRICTED);
});

Deno.test("a member who takes another key has no more room by it", async () => {
  await using relay = await startTestRelay(QUOTA);
  await using client = await relay.connect();
  const member = relay.member();
  await publishInOrder(client, ...[1, 2, 3].map((i) => noteOf(member, 3_000, T + i)));
  const next = newPerson();
  relay.members.register(member.addr, next.pubkey);
  assert.match(await refusedEvent(client, noteOf(next, 3_000)), RESTRICTED);
  await publishInOrder(client, noteOf(next, 800));
});

Deno.test("a member whose room is full may delete, and has room again", async () => {
  await using relay = await startTestRelay(QUOTA);
  await using client = await relay.connect();
  const member = relay.member();
  const notes = [1, 2, 3].map((i) => noteOf(member, 3_200, T + i));
  await publishInOrder(client, ...notes);
  const late = noteOf(member, 3_000, T + 4);
  assert.match(await refusedEvent(client, late), RESTRICTED);
  const tags = [["e", notes[0]!.id], ["e", notes[1]!.id], ["k", "1"]];
  await publishInOrder(client, makeEvent({ kind: KIND.deletion, tags }, member.secret), late);
  assert.equal(await count(client, { authors: [member.pubkey], kinds: [1] }), 2);
});

Deno.test("a member whose room is full may vanish, and has room again", async () => {
  await using relay = await startTestRelay(QUOTA);
  await using client = await relay.connect();
  const member = relay.member();
  await publishInOrder(client, ...[1, 2, 3].map((i) => noteOf(member, 3_200, T + i)));
  assert.match(await refusedEvent(client, noteOf(member, 3_200, T + 4)), RESTRICTED);
  const tags = [["relay", "ALL_RELAYS"]];
  const request = makeEvent({ kind: KIND.vanish, created_at: T + 5, tags }, member.secret);
  await publishInOrder(client, request, ...[6, 7].map((i) => noteOf(member, 3_200, T + i)));
});

Deno.test("a member whose room is full may replace an event, by one that is no larger", async () => {
  await using relay = await startTestRelay(QUOTA);
  await using client = await relay.connect();
  const member = relay.member();
  const profile = (bytes: number, i: number) =>
    makeEvent({ kind: 0, created_at: T + i, content: "x".repeat(bytes - 350) }, member.secret);
  await publishInOrder(client, profile(4_500, 0), noteOf(member, 4_500));
  assert.match(await refusedEvent(client, noteOf(member, 1_500)), RESTRICTED);
  for (let i = 1; i < 6; i++) await publishInOrder(client, profile(4_500, i));
  assert.equal(await count(client, { authors: [member.pubkey] }), 2);
  assert.match(await refusedEvent(client, profile(9_000, 9)), RESTRICTED);
  await publishInOrder(client, profile(500, 10), noteOf(member, 3_000, T + 1));
});

Deno.test("what a member stored counts after a restart", async () => {
  await using relay = await startTestRelay(QUOTA);
  const member = relay.member();
  {
    await using client = await relay.connect();
    await publishInOrder(client, ...[1, 2, 3].map((i) => noteOf(member, 3_200, T + i)));
  }
  await relay.stop();
  const { dbPath, members } = relay;
  await using again = await startTestRelay({ ...QUOTA, dbPath, members });
  await using client = await again.connect();
  assert.match(await refusedEvent(client, noteOf(member, 3_000)), RESTRICTED);
});

Deno.test("events of one burst do not share the last room", async () => {
  await using relay = await startTestRelay(QUOTA);
  await using client = await relay.connect();
  const member = relay.member();
  const notes = Array.from({ length: 40 }, (_, i) => noteOf(member, 1_000, T + i));
  const answers = await Promise.all(notes.map((event) => client.publish(event)));
  for (const [accepted, message] of answers) if (!accepted) assert.match(message, RESTRICTED);
  const stored = answers.filter(([accepted]) => accepted).length;
  assert.ok(stored >= 8 && stored <= 11, `${stored} stored`);
  assert.equal(await count(client, { authors: [member.pubkey] }), stored);
});

Deno.test("one member publishes 600 events at once from wherever; then rate-limited:, while others go on", async () => {
  let nowMs = Date.now();
  const store = { load: () => Promise.resolve([]), save: () => Promise.resolve() };
  const limiter = createRateLimiter({ enabled: true, nowMs: () => nowMs, store });
  await using relay = await startTestRelay({
    policy: "members",
    limiter,
    nowMs: () => nowMs,
    trustedProxies: ["127.0.0.0/8"],
  });
  const from = (ip: string) => relay.connect({ headers: { "x-forwarded-for": ip } });
  await using a = await from("192.0.2.1");
  await using b = await from("198.51.100.1");
  await using c = await from("203.0.113.1");
  const [member, other] = [relay.member(), relay.member()];
  const notes = Array.from(
    { length: 601 },
    (_, i) => makeEvent({ created_at: T, content: `${i}` }, member.secret),
  );
  await Promise.all([
    publishAll(a, notes.slice(0, 300)),
    publishAll(b, notes.slice(300, 600)),
  ]);
  for (const client of [a, b, c]) {
    assert.match(await refusedEvent(client, notes[600]!), /^rate-limited: /);
  }
  await publishInOrder(c, makeEvent({}, other.secret), makeMail(member.addr));
  assert.match(await refusedEvent(c, makeEvent({}, newPerson().secret)), /^blocked: /);
  nowMs += 1_000;
  await publishInOrder(c, notes[600]!);
});
