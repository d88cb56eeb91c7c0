import assert from "node:assert/strict";
import { once } from "node:events";
import { within } from "../support/within.ts";
import { makeEvent, newPerson, nowS } from "./support/events.ts";
import {
  negAnswer,
  negotiate,
  openingMessage,
  reconcile,
  refusedNegotiation,
} from "./support/negentropy_client.ts";
import { refusedCount } from "./support/count.ts";
import { publishInOrder } from "./support/publish.ts";
import { NO_RATE_LIMIT, startTestRelay } from "./support/test_relay.ts";

const INVALID = /^invalid: /;
const CLOSED = /^closed: /;

/** Others are refused by the same function, which its own test is about. */
const MESSAGES: [string, unknown][] = [
  ["no text", 1],
  ["empty", ""],
  ["no hex", "zz"],
  ["a list without its ids", "61000002ff7f"],
];

for (const [name, message] of MESSAGES) {
  Deno.test(`a message that is ${name} is invalid, and ends the session`, async () => {
    await using relay = await startTestRelay();
    await using client = await relay.connect();
    await publishInOrder(client, makeEvent());
    assert.match(await refusedNegotiation(client, "NEG-OPEN", "n", {}, message), INVALID);
    assert.match(await refusedNegotiation(client, "NEG-MSG", "n", openingMessage()), CLOSED);
    await negotiate(client, "NEG-OPEN", "n", {}, openingMessage());
    assert.match(await refusedNegotiation(client, "NEG-MSG", "n", message), INVALID);
    assert.match(await refusedNegotiation(client, "NEG-MSG", "n", openingMessage()), CLOSED);
    assert.equal((await reconcile(client, { filter: {} })).need.length, 1);
  });
}

Deno.test("a version that the relay does not speak is answered with the one that it does", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  assert.equal(await negotiate(client, "NEG-OPEN", "n", {}, "62000000"), "61");
});

const FILTERS: [string, unknown][] = [
  ["a list", []],
  ["a text", "kinds"],
  ["null", null],
  ["a filter with an id that is no hex", { ids: ["x"] }],
  ["a filter with kinds that are texts", { kinds: ["1"] }],
  ["a filter with a negative limit", { limit: -1 }],
];

for (const [name, filter] of FILTERS) {
  Deno.test(`a NEG-OPEN for ${name} is invalid`, async () => {
    await using relay = await startTestRelay();
    await using client = await relay.connect();
    const frame = ["NEG-OPEN", "n", filter, openingMessage()] as const;
    assert.match(await refusedNegotiation(client, ...frame), INVALID);
    assert.match(await refusedNegotiation(client, "NEG-MSG", "n", openingMessage()), CLOSED);
  });
}

Deno.test("a NEG-OPEN without a filter or a message is invalid, one without an id gets a NOTICE", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  assert.match(await refusedNegotiation(client, "NEG-OPEN", "n"), INVALID);
  assert.match(await refusedNegotiation(client, "NEG-OPEN", "n", {}), INVALID);
  // How it was before NIP-77: with the size of ids.
  const legacy = ["NEG-OPEN", "n", {}, 16, openingMessage()] as const;
  assert.match(await refusedNegotiation(client, ...legacy), INVALID);
  assert.match(await refusedNegotiation(client, "NEG-MSG", "n"), INVALID);
  for (const id of [undefined, 1, "", "x".repeat(65)]) {
    client.send("NEG-OPEN", id, {}, openingMessage());
    const [verb, ...rest] = await client.next();
    assert.ok(verb === "NOTICE" || verb === "NEG-ERR", verb);
    assert.match(rest.at(-1) as string, INVALID);
  }
});

Deno.test("a connection has only so many sessions; an ended one makes room, others have their own", async () => {
  await using relay = await startTestRelay({ limits: { maxNegotiations: 2 } });
  await using client = await relay.connect();
  await using other = await relay.connect();
  const open = (id: string) => ["NEG-OPEN", id, {}, openingMessage()] as const;
  await negotiate(client, ...open("a"));
  await negotiate(client, ...open("b"));
  assert.match(await refusedNegotiation(client, ...open("c")), /^(blocked|rate-limited): /);
  assert.match(await refusedNegotiation(client, "NEG-MSG", "c", openingMessage()), CLOSED);
  await negotiate(client, "NEG-MSG", "a", openingMessage());
  await negotiate(other, ...open("c"));
  client.send("NEG-CLOSE", "a");
  await negotiate(client, ...open("c"));
  assert.match(await refusedNegotiation(client, "NEG-MSG", "b", "ff"), INVALID);
  await negotiate(client, ...open("d"));
});

Deno.test("a filter that finds too many events is blocked:, a narrower one is not", async () => {
  await using relay = await startTestRelay({ limits: { maxNegotiatedEvents: 10 } });
  await using client = await relay.connect();
  const at = nowS() - 1_000;
  const events = Array.from({ length: 11 }, (_, i) => makeEvent({ created_at: at + i }));
  await publishInOrder(client, ...events);
  const frame = ["NEG-OPEN", "n", {}, openingMessage()] as const;
  assert.match(await refusedNegotiation(client, ...frame), /^blocked: /);
  assert.match(await refusedNegotiation(client, "NEG-MSG", "n", openingMessage()), CLOSED);
  assert.equal((await reconcile(client, { filter: { since: at + 1 } })).need.length, 10);
});

Deno.test("all sessions together hold only so many events; who ends one, or leaves, makes room", async () => {
  await using relay = await startTestRelay({ limits: { maxNegotiatedEventsInAll: 15 } });
  await using staying = await relay.connect();
  const leaving = await relay.connect();
  await publishInOrder(staying, ...Array.from({ length: 10 }, () => makeEvent()));
  const frame = ["NEG-OPEN", "n", {}, openingMessage()] as const;
  await negotiate(leaving, ...frame);
  assert.match(await refusedNegotiation(staying, ...frame), /^(blocked|rate-limited|error): /);
  leaving.send("NEG-CLOSE", "n");
  await leaving.sync();
  await negotiate(staying, ...frame);
  staying.send("NEG-CLOSE", "n");
  await staying.sync();
  // Opened twice it is held once.
  await negotiate(leaving, ...frame);
  await negotiate(leaving, ...frame);
  leaving.socket.close();
  await leaving.ended;
  // The relay may hear of the end a moment after its client.
  const open = () => negotiate(staying, ...frame).then(() => true, () => false);
  const opened = (async () => {
    while (!await open()) await staying.sync();
  })();
  await within(opened, { what: "room from a connection that is gone" });
});

Deno.test("sessions that are closed or replaced before they were answered leave nothing behind", async () => {
  await using relay = await startTestRelay({
    limits: { maxNegotiations: 1, maxNegotiatedEventsInAll: 45 },
  });
  await using client = await relay.connect();
  await publishInOrder(client, ...Array.from({ length: 40 }, () => makeEvent()));
  for (let i = 0; i < 20; i++) {
    client.send("NEG-OPEN", "n", {}, openingMessage());
    client.send("NEG-CLOSE", "n");
  }
  await client.sync();
  assert.match(await refusedNegotiation(client, "NEG-MSG", "never", openingMessage()), CLOSED);
  for (let i = 0; i < 20; i++) client.send("NEG-OPEN", "n", {}, openingMessage());
  client.send("NEG-CLOSE", "n");
  await client.sync();
  const { need } = await reconcile(client, { filter: {} });
  assert.equal(need.length, 40);
});

Deno.test("a session that is idle for too long is ended with closed:, and makes room", async () => {
  let nowMs = Date.now();
  const limits = { negotiationIdleMs: 1_000, pingIntervalMs: 200, maxNegotiations: 1 };
  await using relay = await startTestRelay({ limits, nowMs: () => nowMs });
  await using client = await relay.connect();
  // Idle sessions are looked for right before every ping.
  const pinged = () => within(once(client.socket, "ping"), { what: "ping" });
  await negotiate(client, "NEG-OPEN", "n", {}, openingMessage());
  for (let i = 0; i < 2; i++) {
    nowMs += 900;
    await pinged();
    await negotiate(client, "NEG-MSG", "n", openingMessage());
  }
  nowMs += 1_001;
  const [verb, , words] = await negAnswer(client, "n");
  assert.equal(verb, "NEG-ERR");
  assert.match(words as string, CLOSED);
  assert.match(await refusedNegotiation(client, "NEG-MSG", "n", openingMessage()), CLOSED);
  await negotiate(client, "NEG-OPEN", "other", {}, openingMessage());
});

Deno.test("NEG-OPEN and COUNT are limited as REQ is", async () => {
  let isOver = false;
  const limiter: typeof NO_RATE_LIMIT = {
    take: (rule, key) => ({
      ...NO_RATE_LIMIT.take(rule, key),
      allowed: !(isOver && rule.name === "relay_reqs"),
    }),
  };
  await using relay = await startTestRelay({ limiter });
  await using client = await relay.connect();
  await client.auth(newPerson().secret);
  await negotiate(client, "NEG-OPEN", "n", {}, openingMessage());
  isOver = true;
  assert.match(await client.refusedReq({}), /^rate-limited: /);
  assert.match(await refusedCount(client, {}), /^rate-limited: /);
  const frame = ["NEG-OPEN", "late", {}, openingMessage()] as const;
  assert.match(await refusedNegotiation(client, ...frame), /^rate-limited: /);
});
