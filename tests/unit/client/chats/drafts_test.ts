import assert from "node:assert/strict";
import { emptyConversation } from "../../../../client/chats/conversation/conversation_changes.ts";
import type { Ledger } from "../../../../client/chats/ledger.ts";
import { createDrafts } from "../../../../client/chats/thread/drafts.ts";
import { createSerialQueue } from "../../../../client/serial_queue.ts";
import type { Change } from "../../../../client/storage/chat_changes.ts";
import { UserError } from "../../../../client/user_error.ts";

const PEER = "ed25519:peer";

/** Drafts of one conversation, over a disk that can fail. A timer comes once it is asked for. */
function setUp() {
  const queue = createSerialQueue();
  const faults: unknown[] = [];
  const timers = new Set<() => void>();
  let conversation = emptyConversation({ primary: PEER, state: "accepted", nowMs: 1 });
  const disk = { isBroken: false };
  const ledger: Pick<Ledger, "conversation" | "write" | "commit"> = {
    conversation: () => conversation,
    write: (task) => queue.run(task),
    commit(changes: Change[]) {
      if (disk.isBroken) return Promise.reject(new UserError("storage_failed"));
      for (const change of changes) {
        if ("put" in change && change.put === "conversation") conversation = change.conversation;
      }
      return Promise.resolve();
    },
  };
  const environment = {
    setTimer(callback: () => void) {
      timers.add(callback);
      return () => void timers.delete(callback);
    },
  };
  const onFault = (error: unknown) => faults.push(error);
  const drafts = createDrafts({ ledger, environment, onFault });
  return {
    drafts,
    disk,
    faults,
    kept: () => conversation.draft,
    async pass() {
      for (const callback of [...timers]) callback();
      await queue.run(() => Promise.resolve());
    },
  };
}

/** A message on its way to disk, which ends as one says. */
function sending() {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  return { send: () => promise, arrive: resolve, fail: reject };
}

Deno.test("words are on disk a moment after they were typed, and gone from there with their message", async () => {
  const { drafts, kept, pass } = setUp();
  drafts.set(PEER, "hello");
  assert.deepEqual([drafts.of(PEER), kept()], ["hello", ""]);
  await pass();
  assert.equal(kept(), "hello");
  const message = sending();
  const sent = drafts.send(PEER, message.send);
  assert.deepEqual([drafts.of(PEER), kept()], ["", "hello"]);
  message.arrive();
  await sent;
  assert.deepEqual([drafts.of(PEER), kept()], ["", ""]);
});

Deno.test("a draft that lacks the last letters of its message goes with it, and does not come later", async () => {
  const { drafts, kept, pass } = setUp();
  drafts.set(PEER, "hell");
  await pass();
  drafts.set(PEER, "hello");
  await drafts.send(PEER, () => Promise.resolve());
  await pass();
  assert.deepEqual([drafts.of(PEER), kept()], ["", ""]);
});

Deno.test("what is typed after a message stays a draft, were it the same words", async () => {
  for (const next of ["other words", "hello"]) {
    const { drafts, kept, pass } = setUp();
    drafts.set(PEER, "hello");
    const message = sending();
    const sent = drafts.send(PEER, message.send);
    drafts.set(PEER, next);
    message.arrive();
    await sent;
    await pass();
    assert.deepEqual([drafts.of(PEER), kept()], [next, next]);
  }
});

Deno.test("of two messages on their way the later one's draft stays until that is on disk", async () => {
  const { drafts, kept, pass } = setUp();
  const [first, second] = [sending(), sending()];
  drafts.set(PEER, "first");
  const both = [drafts.send(PEER, first.send)];
  drafts.set(PEER, "second");
  both.push(drafts.send(PEER, second.send));
  first.arrive();
  await both[0];
  await pass();
  assert.equal(kept(), "second");
  second.arrive();
  await both[1];
  assert.equal(kept(), "");
});

Deno.test("what could not be sent is a draft again", async () => {
  const { drafts, kept, pass } = setUp();
  drafts.set(PEER, "hello");
  const failed = new UserError("message_too_long");
  await assert.rejects(drafts.send(PEER, () => Promise.reject(failed)), failed);
  await pass();
  assert.deepEqual([drafts.of(PEER), kept()], ["hello", "hello"]);
});

Deno.test("where the disk fails sent words do not become a draft again, and typed ones are not forgotten", async () => {
  const { drafts, disk, faults, kept, pass } = setUp();
  drafts.set(PEER, "sent");
  await pass();
  disk.isBroken = true;
  await drafts.send(PEER, () => Promise.resolve());
  assert.deepEqual([drafts.of(PEER), kept()], ["", "sent"]);
  disk.isBroken = false;
  await drafts.flush();
  assert.equal(kept(), "");
  disk.isBroken = true;
  drafts.set(PEER, "typed");
  await pass();
  disk.isBroken = false;
  await drafts.flush();
  assert.equal(kept(), "typed");
  assert.deepEqual(faults, []);
});

Deno.test("the end waits for a message on its way, and leaves no draft of it", async () => {
  const { drafts, kept, pass } = setUp();
  drafts.set(PEER, "on my way");
  await pass();
  const message = sending();
  const sent = drafts.send(PEER, message.send);
  const flushed = drafts.flush();
  message.arrive();
  await flushed;
  assert.equal(kept(), "");
  await sent;
});
