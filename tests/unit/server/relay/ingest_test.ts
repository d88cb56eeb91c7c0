import assert from "node:assert/strict";
import type { NostrEvent } from "../../../../protocol/nostr_event.ts";
import { createIngest, type IngestAnswer } from "../../../../server/relay/ingest.ts";
import { prepareEvent } from "../../../../server/relay/prepared_event.ts";
import type { InsertOutcome } from "../../../../server/relay/store.ts";
import { createTestLog, fakeEvent } from "./support.ts";

/** An ingest whose parts the test holds in its hand. */
function createSetup(
  { outcome = "stored", takeMail = () => true }: {
    outcome?: InsertOutcome;
    takeMail?: () => boolean;
  } = {},
) {
  const log = createTestLog();
  const order: string[] = [];
  const deferred: (() => void)[] = [];
  const verdicts: ((isValid: boolean | null) => void)[] = [];
  const known = new Set<string>();
  let isBroken = false;
  const ingest = createIngest({
    store: {
      has: (id) => known.has(id),
      insert: ({ event }) => {
        order.push(`insert ${event.content}`);
        return outcome;
      },
      transaction: (run) => {
        order.push("begin");
        run();
        if (isBroken) throw new Error("disk full");
        order.push("commit");
      },
    },
    verify: () => new Promise((resolve) => verdicts.push(resolve)),
    takeMail,
    onAccepted: ({ content }) => void order.push(`fan-out ${content}`),
    defer: (run) => void deferred.push(run),
    log,
  });
  const answers: IngestAnswer[] = [];
  const submit = (
    content: string,
    changes: Partial<NostrEvent> = {},
    heldFor: string | null = null,
  ) =>
    ingest.submit({ ...prepareEvent(fakeEvent({ content, ...changes })), heldFor }, (answer) => {
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
  return { ingest, order, answers, known, log, submit, verifyAll, runDeferred, breakStore };
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

Deno.test("what the store or the reader's quota refuses is told with its reason, and not fanned out", async () => {
  const cases: [Parameters<typeof createSetup>[0], string | null, boolean, RegExp][] = [
    [{ outcome: "duplicate" }, null, true, /^duplicate: /],
    [{ outcome: "older" }, null, false, /^duplicate: a newer/],
    [{ outcome: "mailbox_full" }, "r", false, /^rate-limited: .*full/],
    [{ takeMail: () => false }, "r", false, /^rate-limited: /],
    [{ takeMail: () => false }, null, true, /^$/],
  ];
  for (const [setup, heldFor, accepted, message] of cases) {
    const { order, answers, submit, verifyAll, runDeferred } = createSetup(setup);
    submit("a", {}, heldFor);
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
