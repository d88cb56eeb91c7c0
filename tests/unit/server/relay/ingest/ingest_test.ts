import assert from "node:assert/strict";
import type { NostrEvent } from "../../../../../protocol/nostr_event.ts";
import { createIngest, type IngestAnswer } from "../../../../../server/relay/ingest/ingest.ts";
import {
  type Charge,
  type PreparedEvent,
  prepareEvent,
} from "../../../../../server/relay/events/prepared_event.ts";
import type { InsertOutcome } from "../../../../../server/relay/store/store.ts";
import { createTestLog, fakeEvent } from "../support.ts";

/** An ingest whose parts the test holds in its hand. */
function createSetup(
  {
    outcome = "stored",
    takeToken = () => true,
    forward = () => Promise.resolve({ accepted: true, message: "" }),
  }: {
    outcome?: InsertOutcome;
    takeToken?: () => boolean;
    forward?: () => Promise<IngestAnswer>;
  } = {},
) {
  const log = createTestLog();
  const order: string[] = [];
  const deferred: (() => void)[] = [];
  const timers: (() => void)[] = [];
  const verdicts: ((isValid: boolean | null) => void)[] = [];
  const known = new Set<string>();
  const removal = Promise.withResolvers<void>();
  let isBroken = false;
  const ingest = createIngest({
    store: {
      has: (id) => known.has(id),
      insert: ({ event }, admit = () => true) => {
        order.push(`insert ${event.content}`);
        return outcome === "stored" && !admit() ? "not_admitted" : outcome;
      },
      transaction: (run) => {
        order.push("begin");
        run();
        if (isBroken) throw new Error("disk full");
        order.push("commit");
      },
    },
    verify: () => new Promise((resolve) => verdicts.push(resolve)),
    isBanned: ({ content }) => content === "banned",
    takeToken,
    forward: (relay, { content }) => {
      order.push(`forward ${content} to ${relay}`);
      return forward();
    },
    removeRequested: () => {
      order.push("remove");
      return removal.promise;
    },
    onAccepted: ({ content }) => void order.push(`fan-out ${content}`),
    defer: (run) => void deferred.push(run),
    afterMs: (_ms, run) => {
      timers.push(run);
      return () => timers.splice(timers.indexOf(run), 1);
    },
    log,
  });
  const answers: IngestAnswer[] = [];
  const submit = (
    content: string,
    changes: Partial<NostrEvent> = {},
    known: Partial<PreparedEvent> = {},
  ) =>
    ingest.submit({ ...prepareEvent(fakeEvent({ content, ...changes })), ...known }, (answer) => {
      order.push(`answer ${content}`);
      answers.push(answer);
    });
  const verifyAll = async (isValid: boolean | null = true) => {
    verdicts.splice(0).forEach((resolve) => resolve(isValid));
    await Promise.resolve();
    await Promise.resolve();
  };
  const runDeferred = () => deferred.splice(0).forEach((run) => run());
  const breakStore = () => isBroken = true;
  const hands = { submit, verifyAll, runDeferred, breakStore, removal, timers, verdicts };
  return { ingest, order, answers, known, log, ...hands };
}

Deno.test("verified, inserted, committed, answered, fanned out: in this order, a batch at a time", async () => {
  const { order, answers, submit, verifyAll, runDeferred } = createSetup();
  submit("a");
  submit("b");
  assert.deepEqual(order, []);
  await verifyAll();
  runDeferred();
  assert.deepEqual(order, [
    "begin",
    "insert a",
    "insert b",
    "commit",
    "answer a",
    "answer b",
    "fan-out a",
    "fan-out b",
  ]);
  assert.ok(answers.every(({ accepted, message }) => accepted && message === ""));
});

Deno.test("a commit that fails answers the whole batch with error:, and nobody is told of it", async () => {
  const { order, answers, log, submit, verifyAll, runDeferred, breakStore } = createSetup();
  breakStore();
  submit("a");
  submit("b");
  await verifyAll();
  runDeferred();
  assert.deepEqual(answers.map(({ accepted }) => accepted), [false, false]);
  assert.match(answers[0]!.message, /^error: /);
  assert.ok(!order.some((line) => line.startsWith("fan-out")));
  assert.deepEqual(log.names, ["relay.store_failed"]);
});

Deno.test("a known event is answered at once, before any verification", () => {
  const { answers, known, submit, ingest } = createSetup();
  const id = "1".repeat(64);
  known.add(id);
  submit("a", { id });
  assert.equal(answers[0]!.accepted, true);
  assert.match(answers[0]!.message, /^duplicate: /);
  assert.ok(ingest.hasRoom());
});

Deno.test("a forged event is not inserted", async () => {
  const { order, answers, submit, verifyAll, runDeferred } = createSetup();
  submit("a");
  await verifyAll(false);
  runDeferred();
  assert.deepEqual(order, ["answer a"]);
  assert.deepEqual([answers[0]!.accepted, answers[0]!.isForged], [false, true]);
});

Deno.test("ephemeral events are fanned out without a commit", async () => {
  const { order, submit, verifyAll, runDeferred } = createSetup();
  submit("a", { kind: 20_000 });
  await verifyAll();
  runDeferred();
  assert.deepEqual(order, ["answer a", "fan-out a"]);
});

Deno.test("what the store, a rate or a quota refuses is told with its reason, and not fanned out", async () => {
  const mailbox: Charge = { account: "mailbox", key: "r" };
  const member: Charge = { account: "member", key: "m" };
  const cases: [Parameters<typeof createSetup>[0], Charge | null, boolean, RegExp][] = [
    [{ outcome: "duplicate" }, null, true, /^duplicate: /],
    [{ outcome: "older" }, null, false, /^duplicate: a newer/],
    [{ outcome: "deleted" }, null, false, /^blocked: .*deleted/],
    [{ outcome: "vanished" }, null, false, /^blocked: .*vanish/],
    [{ outcome: "mailbox_full" }, mailbox, false, /^rate-limited: .*full/],
    [{ outcome: "member_full" }, member, false, /^restricted: .*share/],
    [{ takeToken: () => false }, mailbox, false, /^rate-limited: this reader/],
    [{ takeToken: () => false }, member, false, /^rate-limited: this key/],
    [{ takeToken: () => false }, null, true, /^$/],
  ];
  for (const [setup, charge, accepted, message] of cases) {
    const { order, answers, submit, verifyAll, runDeferred } = createSetup(setup);
    submit("a", {}, { charge });
    await verifyAll();
    runDeferred();
    assert.equal(answers[0]!.accepted, accepted);
    assert.match(answers[0]!.message, message);
    assert.equal(order.includes("fan-out a"), message.source === "^$");
  }
});

Deno.test("what is in flight is bounded, and told when there is room again", async () => {
  const { ingest, submit, verifyAll, runDeferred } = createSetup();
  const content = "x".repeat(1_000_000);
  let submitted = 0;
  for (; ingest.hasRoom(); submitted++) submit(content);
  assert.ok(submitted > 30 && submitted < 40);
  let calls = 0;
  ingest.onRoom(() => calls += 1);
  await verifyAll();
  runDeferred();
  runDeferred();
  assert.equal(calls, 1);
  assert.ok(ingest.hasRoom());
});

Deno.test("what waits for another relay has half of the room: one that hangs keeps nobody else's events out", async () => {
  const silent = Promise.withResolvers<IngestAnswer>();
  const { ingest, answers, submit, verifyAll, runDeferred } = createSetup({
    forward: () => silent.promise,
  });
  const content = "x".repeat(1_000_000);
  for (let i = 0; i < 30; i++) submit(content, {}, { forwardTo: "wss://b" });
  await verifyAll();
  assert.equal(answers.length, 14);
  assert.match(answers[0]!.message, /^error: the reader's relay/);
  assert.ok(ingest.hasRoom());
  submit("own");
  await verifyAll();
  runDeferred();
  assert.equal(answers.at(-1)!.accepted, true);
  silent.resolve({ accepted: true, message: "" });
  await ingest.drained();
  submit(content, {}, { forwardTo: "wss://b" });
  await verifyAll();
  assert.equal(answers.filter(({ accepted }) => accepted).length, 18);
});

Deno.test("drained: when the last event has its answer, also where verification was called off", async () => {
  const { ingest, answers, submit, verifyAll } = createSetup();
  await ingest.drained();
  submit("a");
  let isDrained = false;
  const drained = ingest.drained().then(() => isDrained = true);
  await Promise.resolve();
  assert.equal(isDrained, false);
  await verifyAll(null);
  await drained;
  assert.deepEqual(answers, []);
});

Deno.test("what is banned while its signature is checked is not stored", async () => {
  const { order, answers, submit, verifyAll, runDeferred } = createSetup();
  submit("banned");
  await verifyAll();
  runDeferred();
  assert.deepEqual(order, ["begin", "commit", "answer banned"]);
  assert.match(answers[0]!.message, /^blocked: /);
});

Deno.test("a request to vanish is answered when what it is about is gone", async () => {
  const { order, answers, submit, verifyAll, runDeferred, removal, ingest } = createSetup();
  const by = { pubkey: "a".repeat(64), addrs: [] };
  submit("a", { kind: 62 }, { removal: { scope: "everything", by, mustOwnSomething: false } });
  await verifyAll();
  runDeferred();
  assert.deepEqual(order, ["begin", "insert a", "commit", "remove", "fan-out a"]);
  assert.ok(ingest.hasRoom());
  removal.resolve();
  await ingest.drained();
  assert.deepEqual(order.slice(5), ["answer a"]);
  assert.deepEqual(answers, [{ accepted: true, message: "" }]);
});

Deno.test("a request to vanish that cannot be carried out yet says so", async () => {
  const { answers, log, submit, verifyAll, runDeferred, removal, ingest } = createSetup();
  const by = { pubkey: "a".repeat(64), addrs: [] };
  submit("a", { kind: 62 }, { removal: { scope: "everything", by, mustOwnSomething: false } });
  await verifyAll();
  runDeferred();
  removal.reject(new Error("disk full"));
  await ingest.drained();
  assert.equal(answers[0]!.accepted, false);
  assert.match(answers[0]!.message, /^error: /);
  assert.deepEqual(log.names, ["relay.removal_failed"]);
});

Deno.test("events of many tags are committed in smaller batches", async () => {
  const { order, submit, verifyAll, runDeferred } = createSetup();
  const tags = Array.from({ length: 300 }, () => ["x"]);
  for (const name of ["a", "b", "c"]) submit(name, { tags });
  await verifyAll();
  runDeferred();
  assert.deepEqual(order.filter((line) => line.startsWith("insert")), ["insert a"]);
  runDeferred();
  runDeferred();
  assert.equal(order.filter((line) => line === "commit").length, 3);
});

Deno.test("verified events wait a moment for those that are being verified, and share their commit", async () => {
  const { order, submit, verdicts, timers, runDeferred } = createSetup();
  for (const name of ["a", "b", "c"]) submit(name);
  verdicts[0]!(true);
  await Promise.resolve();
  await Promise.resolve();
  runDeferred();
  assert.deepEqual(order, []);
  assert.equal(timers.length, 1);
  for (const resolve of verdicts.slice(1)) resolve(true);
  await Promise.resolve();
  await Promise.resolve();
  assert.equal(timers.length, 0, "nothing is being verified any more");
  runDeferred();
  assert.deepEqual(order.slice(0, 5), ["begin", "insert a", "insert b", "insert c", "commit"]);
});

Deno.test("a verification that takes long holds up nobody for longer than that moment", async () => {
  const { order, submit, verdicts, timers } = createSetup();
  for (const name of ["a", "b"]) submit(name);
  verdicts[0]!(true);
  await Promise.resolve();
  await Promise.resolve();
  timers[0]!();
  assert.deepEqual(order.slice(0, 3), ["begin", "insert a", "commit"]);
});

Deno.test("what is refused for another reason, or comes again, takes no token", async () => {
  const charge: Charge = { account: "member", key: "m" };
  for (const outcome of ["older", "deleted", "vanished", "member_full", "duplicate"] as const) {
    let tokens = 0;
    const takeToken = () => ++tokens > 0;
    const { submit, verifyAll, runDeferred } = createSetup({ outcome, takeToken });
    submit("a", {}, { charge });
    await verifyAll();
    runDeferred();
    assert.equal(tokens, 0, outcome);
  }
  let tokens = 0;
  const takeToken = () => ++tokens > 0;
  const { answers, submit, verifyAll, runDeferred } = createSetup({ takeToken });
  const id = "1".repeat(64);
  for (let i = 0; i < 3; i++) submit("typing", { kind: 24_243, id }, { charge });
  await verifyAll();
  runDeferred();
  assert.equal(tokens, 1);
  assert.deepEqual(answers.map(({ message }) => message.split(":")[0]), [
    "",
    "duplicate",
    "duplicate",
  ]);
});
