import assert from "node:assert/strict";
import { KIND } from "../../../../protocol/nostr_event.ts";
import { asAccepted } from "../../../../client/chats/conversation/conversation_changes.ts";
import { UserError } from "../../../../client/user_error.ts";
import {
  AWAY,
  bob,
  carol,
  homeRelay,
  me,
  MINUTE_MS,
  setUp,
  statusIs,
  TAKEN,
} from "./outbox_box.ts";

Deno.test("a message is sent when the first relay takes it, and only then is its copy sent", async () => {
  await using box = await setUp({ [bob]: ["wss://one.test/", "wss://two.test/"] });
  const message = await box.send(bob, "hello");
  const [one, two] = [await box.nextAttempt(), await box.nextAttempt()];
  assert.deepEqual([one.url, two.url], ["wss://one.test/", "wss://two.test/"]);
  assert.equal(one.event.id, two.event.id);
  assert.equal(one.event.kind, KIND.message);
  assert.deepEqual((await box.ledger.storage.outbox()).map(({ type }) => type), ["message"]);
  one.answer({ accepted: false, message: "blocked: not here" });
  two.answer(TAKEN);
  await box.until("sent", statusIs(box.ledger, message, "sent"));
  await box.passCopyDelay();
  const copy = await box.nextAttempt();
  assert.deepEqual([copy.url, copy.event.kind], [homeRelay, KIND.quiet]);
  assert.equal(one.lane, two.lane);
  assert.notEqual(copy.lane, one.lane);
  assert.ok(await box.ledger.storage.isEventSeen(copy.event.id));
  copy.answer(TAKEN);
  await box.until("an empty outbox", async () => (await box.ledger.storage.outbox()).length === 0);
});

Deno.test("at most four relays of a contact are written to, and none over plain ws", async () => {
  const relays = ["ws://plain.test/", ..."abcdef"].map((name) =>
    name.length > 1 ? name : `wss://${name}.test/`
  );
  await using box = await setUp({ [bob]: relays });
  await box.send(bob, "hello");
  const urls = [];
  for (let i = 0; i < 4; i++) urls.push((await box.nextAttempt()).url);
  assert.deepEqual(urls, ["a", "b", "c", "d"].map((name) => `wss://${name}.test/`));
  assert.equal(box.attempts.length, 0);
});

Deno.test("after thirty seconds without an answer a message shows as failed, and is tried on", async () => {
  await using box = await setUp();
  const message = await box.send(bob, "hello");
  (await box.nextAttempt()).answer(AWAY);
  const later = box.until("failed", statusIs(box.ledger, message, "failed"));
  box.environment.pass(30_000);
  await later;
  assert.equal((await box.ledger.storage.message(message))?.failure, null);
  assert.equal(box.ledger.conversation(bob)?.last?.status, "failed");
  assert.ok(box.stuck.includes(bob));
  box.outbox.kick();
  (await box.nextAttempt()).answer(TAKEN);
  await box.until("sent", statusIs(box.ledger, message, "sent"));
  assert.equal(box.ledger.conversation(bob)?.last?.status, "sent");
});

Deno.test("a sealing older than ten minutes is made afresh, and every event id is kept", async () => {
  await using box = await setUp();
  const message = await box.send(bob, "hello");
  const first = await box.nextAttempt();
  first.answer(AWAY);
  box.environment.pass(9 * MINUTE_MS);
  box.outbox.kick();
  const second = await box.nextAttempt();
  assert.equal(second.event.id, first.event.id);
  second.answer(AWAY);
  box.environment.pass(2 * MINUTE_MS);
  box.outbox.kick();
  const third = await box.nextAttempt();
  assert.notEqual(third.event.id, first.event.id);
  for (const { event } of [first, third]) {
    assert.equal((await box.ledger.storage.messageOfEvent(event.id))?.id, message.id);
  }
});

Deno.test("entries to one reader leave in their order; another reader is not held up", async () => {
  await using box = await setUp({ [carol]: ["wss://carol.test/"] });
  await box.send(bob, "one");
  await box.send(bob, "two");
  const stuck = await box.nextAttempt();
  await box.send(carol, "hello");
  const toCarol = await box.nextAttempt();
  assert.equal(toCarol.url, "wss://carol.test/");
  assert.equal(box.attempts.length, 0);
  stuck.answer(TAKEN);
  const next = await box.nextAttempt();
  assert.deepEqual([next.url, next.event.kind], [homeRelay, KIND.message]);
  await box.passCopyDelay();
  assert.equal((await box.nextAttempt()).event.kind, KIND.quiet);
});

Deno.test("nothing goes to a contact whose key has changed, or of whom no relay is known", async () => {
  await using box = await setUp({ [carol]: [] });
  const known = box.ledger.conversation(bob)!;
  await box.ledger.commit([{ put: "conversation", conversation: { ...known, contact: null } }]);
  const message = await box.send(bob, "hello");
  await box.send(carol, "hello");
  await box.untilStuck([bob, carol]);
  await box.ledger.commit([{
    put: "conversation",
    conversation: { ...asAccepted(known), state: "key_changed" },
  }]);
  box.stuck.length = 0;
  box.outbox.kick();
  await box.untilStuck([bob, carol]);
  assert.equal(box.attempts.length, 0);
  await box.ledger.commit([{ put: "conversation", conversation: known }]);
  box.outbox.kick();
  (await box.nextAttempt()).answer(TAKEN);
  await box.until("sent", statusIs(box.ledger, message, "sent"));
});

Deno.test("a note to self is its own copy: it is sent, or fails, as one", async () => {
  await using box = await setUp();
  const note = await box.send(me, "milk");
  const attempt = await box.nextAttempt();
  assert.deepEqual([attempt.url, attempt.event.kind], [homeRelay, KIND.quiet]);
  attempt.answer({ accepted: false, message: "blocked: who are you" });
  await box.until("failed", statusIs(box.ledger, note, "failed"));
  await box.outbox.retry(note);
  (await box.nextAttempt()).answer(TAKEN);
  await box.until("sent", statusIs(box.ledger, note, "sent"));
  assert.equal((await box.ledger.storage.outbox()).length, 0);
});

Deno.test("what is forgotten is not sent, also where its sealing is under way", async () => {
  await using box = await setUp();
  await box.send(bob, "hello");
  const attempt = await box.nextAttempt();
  const isBobs = ({ peer }: { peer: string }) => peer === bob;
  await box.ledger.write(async () => {
    await box.ledger.commit([
      { delete: "conversation", primary: bob },
      ...box.outbox.removal(isBobs),
    ]);
    box.outbox.forget(isBobs);
  });
  attempt.answer(TAKEN);
  await box.ledger.write(() => Promise.resolve());
  assert.deepEqual(await box.ledger.storage.outbox(), []);
  assert.equal(box.ledger.conversation(bob), null);
});

Deno.test("a self-copy waits one to four seconds after its message; a note to self does not wait", async () => {
  await using box = await setUp();
  const message = await box.send(bob, "hello");
  (await box.nextAttempt()).answer(TAKEN);
  await box.until("sent", statusIs(box.ledger, message, "sent"));
  await box.ledger.write(() => Promise.resolve());
  const waits = box.environment.waits();
  assert.equal(waits.length, 1);
  assert.ok(waits[0]! >= 1_000 && waits[0]! <= 4_000);
  assert.deepEqual((await box.ledger.storage.outbox()).map(({ type }) => type), ["copy"]);
  await box.send(me, "milk");
  const note = await box.nextAttempt();
  assert.equal(note.event.kind, KIND.quiet);
  note.answer(TAKEN);
  box.outbox.kick();
  assert.equal(box.attempts.length, 0);
  await box.passCopyDelay();
  (await box.nextAttempt()).answer(TAKEN);
  await box.until("an empty outbox", async () => (await box.ledger.storage.outbox()).length === 0);
});

Deno.test("copies of deleted chats do not leave, and those that a former session left do", async () => {
  await using box = await setUp();
  for (const peer of [bob, carol]) {
    const message = await box.send(peer, "hello");
    (await box.nextAttempt()).answer(TAKEN);
    await box.until("sent", statusIs(box.ledger, message, "sent"));
  }
  await box.ledger.write(async () => {
    const isBobs = ({ peer }: { peer: string }) => peer === bob;
    await box.ledger.commit(box.outbox.removal(isBobs));
    box.outbox.forget(isBobs);
  });
  await box.outbox.start();
  await box.passCopyDelay();
  (await box.nextAttempt()).answer(TAKEN);
  await box.until("an empty outbox", async () => (await box.ledger.storage.outbox()).length === 0);
  assert.equal(box.attempts.length, 0);
});

Deno.test("what fails for no reason of the disk is told, shows as failed, and is not tried on", async () => {
  await using box = await setUp();
  const fault = new TypeError("a bug");
  box.fail({ sealing: fault });
  const message = await box.send(bob, "hello");
  await box.until("failed", statusIs(box.ledger, message, "failed"));
  assert.deepEqual(box.faults, [fault]);
  box.outbox.kick();
  await box.ledger.write(() => Promise.resolve());
  assert.deepEqual(box.faults, [fault]);
  assert.deepEqual(box.environment.waits(), []);
  box.fail({});
  const next = await box.send(bob, "next");
  (await box.nextAttempt()).answer(TAKEN);
  await box.until("sent", statusIs(box.ledger, next, "sent"));
  await box.outbox.retry(message);
  (await box.nextAttempt()).answer(TAKEN);
  await box.until("sent", statusIs(box.ledger, message, "sent"));
});

Deno.test("a disk that does not take a message's failure is tried again, until the end", async () => {
  await using box = await setUp({ [bob]: [] });
  const message = await box.send(bob, "hello");
  box.fail({ committing: new UserError("storage_failed") });
  for (let i = 0; i < 3; i++) {
    box.environment.pass(30_000);
    await box.ledger.write(() => Promise.resolve());
  }
  assert.equal((await box.ledger.storage.message(message))?.status, "sending");
  box.fail({});
  const failed = box.until("failed", statusIs(box.ledger, message, "failed"));
  box.environment.pass(30_000);
  await failed;
  assert.deepEqual(box.faults, []);

  await box.send(carol, "hello");
  box.fail({ committing: new UserError("storage_failed") });
  box.environment.pass(30_000);
  box.outbox.stop();
  await box.ledger.write(() => Promise.resolve());
  assert.deepEqual(box.environment.waits(), []);
});

Deno.test("what is older than thirty days fails instead of being sent, and its copies are let go", async () => {
  await using box = await setUp();
  const old = await box.send(bob, "hello");
  (await box.nextAttempt()).answer(AWAY);
  const sent = await box.send(carol, "hello");
  (await box.nextAttempt()).answer(TAKEN);
  await box.until("sent", statusIs(box.ledger, sent, "sent"));
  await box.passCopyDelay();
  for (let i = 0; i < 2; i++) (await box.nextAttempt()).answer(AWAY);
  box.environment.setNow(box.environment.nowMs() + 30 * 24 * 60 * MINUTE_MS);
  box.outbox.kick();
  await box.until("failed", statusIs(box.ledger, old, "failed"));
  await box.until("one left", async () => {
    const left = await box.ledger.storage.outbox();
    return left.length === 1 && left[0]!.isRefused;
  });
  assert.equal((await box.ledger.storage.message(old))?.failure, null);
  assert.equal((await box.ledger.storage.message(sent))?.status, "sent");
  assert.equal(box.attempts.length, 0);
});

Deno.test("own relays are asked where no relay of the reader takes it; then it is tried on beside what follows", async () => {
  const spare = "wss://spare.test/";
  await using box = await setUp({ [bob]: ["wss://bob.test/"] }, [homeRelay, spare]);
  const message = await box.send(bob, "hello");
  const direct = await box.nextAttempt();
  assert.equal(direct.url, "wss://bob.test/");
  assert.equal(box.attempts.length, 0);
  direct.answer(AWAY);
  const kept = await box.nextAttempt();
  assert.deepEqual([kept.url, kept.event.id], [spare, direct.event.id]);
  kept.answer(TAKEN);
  await box.until("sent", statusIs(box.ledger, message, "sent"));
  assert.deepEqual((await box.ledger.storage.message(message))?.relays, [spare]);
  const again = await box.nextAttempt();
  assert.equal(again.url, "wss://bob.test/");
  again.answer(TAKEN);
  await box.until(
    "both relays",
    async () => (await box.ledger.storage.message(message))?.relays.length === 2,
  );
  const waiting = (await box.ledger.storage.outbox()).map(({ type }) => type);
  assert.deepEqual(waiting, ["copy"]);
});

Deno.test("a message that was removed from this device before it left is not sent, and no copy of it stays", async () => {
  await using box = await setUp();
  const { from, id } = await box.send(bob, "hello");
  (await box.nextAttempt()).answer(AWAY);
  await box.ledger.write(() => box.ledger.commit([{ delete: "message", from, id }]));
  box.outbox.kick();
  await box.until("an empty outbox", async () => (await box.ledger.storage.outbox()).length === 0);
  assert.equal(box.attempts.length, 0);
});
