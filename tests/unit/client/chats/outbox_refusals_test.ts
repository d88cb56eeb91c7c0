import assert from "node:assert/strict";
import type { OutboxEntry } from "../../../../client/storage/chat_records.ts";
import { bob, homeRelay, MINUTE_MS, ownPubkey, setUp, statusIs, TAKEN } from "./outbox_box.ts";

Deno.test("a refusal for good fails with the relay's words, until a retry under the same id", async () => {
  await using box = await setUp();
  const message = await box.send(bob, "hello");
  const next = await box.send(bob, "next");
  const first = await box.nextAttempt();
  first.answer({ accepted: false, message: "blocked: not a member" });
  await box.until("failed", statusIs(box.ledger, message, "failed"));
  assert.equal((await box.ledger.storage.message(message))?.failure, "blocked: not a member");
  // It does not hold up what comes after it.
  (await box.nextAttempt()).answer(TAKEN);
  await box.until("sent", statusIs(box.ledger, next, "sent"));
  await box.passCopyDelay();
  (await box.nextAttempt()).answer(TAKEN);
  box.outbox.kick();
  await box.outbox.retry(message);
  assert.equal((await box.ledger.storage.message(message))?.status, "sending");
  const again = await box.nextAttempt();
  assert.equal(again.event.id, first.event.id);
  again.answer(TAKEN);
  await box.until("sent", statusIs(box.ledger, message, "sent"));
  assert.equal((await box.ledger.storage.message(message))?.failure, null);
});

function ackTo(peer: string, changes: Partial<OutboxEntry> = {}): OutboxEntry {
  return {
    type: "ack",
    from: peer,
    id: "ab".repeat(32),
    peer,
    reader: peer,
    document: {} as OutboxEntry["document"],
    order: 1,
    queuedAtMs: Date.now(),
    sealed: null,
    isRefused: false,
    ...changes,
  };
}

Deno.test("an ack that every relay refuses holds up nothing, and is tried again with the next kick", async () => {
  await using box = await setUp();
  const ack = ackTo(bob, { queuedAtMs: box.environment.nowMs() });
  await box.ledger.commit([{ put: "outbox", entry: ack }]);
  box.outbox.add([ack]);
  (await box.nextAttempt()).answer({ accepted: false, message: "blocked: not here" });
  await box.until("a refused ack", async () => (await box.ledger.storage.outbox())[0]!.isRefused);
  const message = await box.send(bob, "hello");
  (await box.nextAttempt()).answer(TAKEN);
  await box.until("sent", statusIs(box.ledger, message, "sent"));
  box.outbox.kick();
  (await box.nextAttempt()).answer(TAKEN);
  const isGone = async () =>
    (await box.ledger.storage.outbox()).every(({ type }) => type !== "ack");
  await box.until("an ack that is gone", isGone);
});

Deno.test("an ack that was refused in a former session is tried again", async () => {
  await using box = await setUp();
  const queuedAtMs = box.environment.nowMs();
  const entry = ackTo(bob, { queuedAtMs, isRefused: true });
  await box.ledger.commit([{ put: "outbox", entry }]);
  await box.outbox.start();
  (await box.nextAttempt()).answer(TAKEN);
  await box.until("an empty outbox", async () => (await box.ledger.storage.outbox()).length === 0);
});

for (const way of ["kick", "start"] as const) {
  Deno.test(`a refused message that has arrived all the same is over, and its copy leaves, at the next ${way}`, async () => {
    await using box = await setUp();
    const message = await box.send(bob, "hello");
    (await box.nextAttempt()).answer({ accepted: false, message: "blocked: not here" });
    await box.until("failed", statusIs(box.ledger, message, "failed"));
    // A relay that gave no answer before had kept it, and its reader has acked it.
    await box.ledger.write(async () => {
      const known = (await box.ledger.storage.message(message))!;
      const delivered = { ...known, status: "delivered" as const, failure: null };
      await box.ledger.commit([{ put: "message", message: delivered }]);
    });
    await box.outbox[way]();
    const types = async () => (await box.ledger.storage.outbox()).map(({ type }) => type);
    await box.until("a copy alone", async () => (await types()).join() === "copy");
    await box.passCopyDelay();
    (await box.nextAttempt()).answer(TAKEN);
    await box.until("an empty outbox", async () => (await types()).length === 0);
    assert.equal((await box.ledger.storage.message(message))?.status, "delivered");
    assert.equal(box.attempts.length, 0);
  });
}

Deno.test("a refusal for now, by whatever word, is tried again", async () => {
  for (const words of ["error: busy", "rate-limited: slow down", "", "something else"]) {
    await using box = await setUp();
    const message = await box.send(bob, "hello");
    (await box.nextAttempt()).answer({ accepted: false, message: words });
    await box.ledger.write(() => Promise.resolve());
    assert.equal((await box.ledger.storage.message(message))?.status, "sending");
    box.outbox.kick();
    (await box.nextAttempt()).answer(TAKEN);
    await box.until("sent", statusIs(box.ledger, message, "sent"));
  }
});

Deno.test("a relay that refuses unknown authors is left alone for a day, until somebody asks again", async () => {
  const relays = ["wss://one.test/", "wss://two.test/"];
  const listed = "wss://listed.test/";
  await using box = await setUp({ [bob]: relays });
  const known = box.ledger.conversation(bob)!;
  const conversation = { ...known, listedRelays: { urls: [listed], createdAtS: 1 } };
  await box.ledger.write(() => box.ledger.commit([{ put: "conversation", conversation }]));
  const DAY_MS = 24 * 60 * MINUTE_MS;
  const next = async (text: string) => {
    const message = await box.send(bob, text);
    const tried = [await box.nextAttempt(), await box.nextAttempt()];
    if (box.attempts.length > 0) tried.push(await box.nextAttempt());
    for (const { url, answer } of tried) {
      answer(url === listed ? { accepted: false, message: "restricted: pay" } : TAKEN);
    }
    await box.until("sent", statusIs(box.ledger, message, "sent"));
    await box.passCopyDelay();
    (await box.nextAttempt()).answer(TAKEN);
    await box.until("empty", async () => (await box.ledger.storage.outbox()).length === 0);
    return { message, urls: tried.map(({ url }) => url) };
  };
  assert.deepEqual((await next("first")).urls, [...relays, listed]);
  assert.deepEqual((await next("second")).urls, relays);
  box.environment.pass(DAY_MS);
  assert.deepEqual((await next("a day later")).urls, [...relays, listed]);
});

Deno.test("a relay that refuses unknown authors gets an event of the own key, where the user agreed, and no other relay does", async () => {
  const [strict, open] = ["wss://strict.test/", "wss://open.test/"];
  await using box = await setUp({ [bob]: [strict, open] });
  const first = await box.send(bob, "first");
  const byOneTimeKey = [await box.nextAttempt(), await box.nextAttempt()];
  byOneTimeKey[0]!.answer({ accepted: false, message: "blocked: not a member" });
  byOneTimeKey[1]!.answer(TAKEN);
  await box.until("sent", statusIs(box.ledger, first, "sent"));
  await box.passCopyDelay();
  const copy = await box.nextAttempt();
  assert.equal(copy.url, homeRelay);
  copy.answer(TAKEN);

  const skipping = await box.send(bob, "second");
  const alone = await box.nextAttempt();
  assert.equal(alone.url, open);
  alone.answer(TAKEN);
  await box.until("sent", statusIs(box.ledger, skipping, "sent"));

  box.consent.usesOwnKey = true;
  const signed = await box.send(bob, "third");
  const attempts = [await box.nextAttempt(), await box.nextAttempt()];
  const [toStrict, toOpen] = [strict, open].map((url) => attempts.find((one) => one.url === url)!);
  assert.equal(toStrict!.event.pubkey, ownPubkey);
  assert.notEqual(toOpen!.event.pubkey, ownPubkey);
  assert.notEqual(toStrict!.event.content, toOpen!.event.content);
  toStrict!.answer(TAKEN);
  await box.until("sent", statusIs(box.ledger, signed, "sent"));
  const known = await box.ledger.storage.message(signed);
  assert.deepEqual(
    new Set(known!.eventIds),
    new Set([toStrict!.event.id, toOpen!.event.id]),
  );
});

Deno.test("a message that every relay refused of an unknown author is tried again with the own key, and fails where that is refused too", async () => {
  await using box = await setUp({ [bob]: ["wss://strict.test/"] }, []);
  box.consent.usesOwnKey = true;
  const message = await box.send(bob, "hello");
  const [oneTime, own] = [await refuse(), await refuse()];
  assert.notEqual(oneTime.pubkey, ownPubkey);
  assert.equal(own.pubkey, ownPubkey);
  await box.until("failed", statusIs(box.ledger, message, "failed"));
  assert.equal(box.attempts.length, 0);

  async function refuse() {
    const { event, answer } = await box.nextAttempt();
    answer({ accepted: false, message: "restricted: members only" });
    box.outbox.kick();
    return event;
  }
});
