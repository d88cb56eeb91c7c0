import assert from "node:assert/strict";
import { isUserError } from "../../../../client/user_error.ts";
import { mailFor } from "./hostile.ts";
import { acquainted, startWorld, untilChange, untilStatus, untilTexts } from "./world.ts";

Deno.test("a reaction shows on both sides, is replaced, and is taken back", async () => {
  await using world = await startWorld();
  const { toBob, toAlice } = await acquainted(world);
  await toBob.send("hello");
  await untilTexts(toAlice, ["hello"]);
  const reactions = (thread: typeof toBob) => thread.messages[0]?.reactions;
  const until = (thread: typeof toBob, expected: unknown) =>
    untilChange(thread, {
      what: `reactions ${JSON.stringify(expected)}`,
      isSo: () => JSON.stringify(reactions(thread)) === JSON.stringify(expected),
    });
  await toAlice.react(toAlice.messages[0]!.key, "👍");
  assert.deepEqual(reactions(toAlice), [{ emoji: "👍", isOwn: true }]);
  await until(toBob, [{ emoji: "👍", isOwn: false }]);
  await toBob.react(toBob.messages[0]!.key, "❤️");
  await until(toAlice, [{ emoji: "👍", isOwn: true }, { emoji: "❤️", isOwn: false }]);
  await toAlice.react(toAlice.messages[0]!.key, "😀");
  await toAlice.react(toAlice.messages[0]!.key, "");
  await until(toBob, [{ emoji: "❤️", isOwn: true }]);
  assert.deepEqual(toBob.messages.map(({ text }) => text), ["hello"]);
});

Deno.test("an edit shows on both sides and in the list; only own texts are edited", async () => {
  await using world = await startWorld();
  const { bob, toBob, toAlice } = await acquainted(world);
  await toBob.send("helo");
  await untilTexts(toAlice, ["helo"]);
  await toBob.edit(toBob.messages[0]!.key, "hello");
  await untilTexts(toAlice, ["hello"]);
  assert.deepEqual(toBob.messages.map(({ text, isEdited }) => [text, isEdited]), [["hello", true]]);
  assert.ok(toAlice.messages[0]?.isEdited);
  const [, withAlice] = bob.chats.conversations;
  assert.equal(withAlice?.preview, "hello");
  assert.equal(withAlice?.unread, 1);
  await toAlice.edit(toAlice.messages[0]!.key, "mine now");
  await toBob.edit(toBob.messages[0]!.key, "  ");
  assert.equal(toAlice.messages[0]?.text, "hello");
  assert.equal(toBob.messages[0]?.text, "hello");
  await untilStatus(toBob, "delivered");
});

Deno.test("a message deleted for all leaves its place, and nothing of its text, not in answers, list or disk", async () => {
  await using world = await startWorld();
  const { bob, toBob, toAlice } = await acquainted(world);
  await toBob.send("a secret");
  await untilTexts(toAlice, ["a secret"]);
  await toAlice.send("which one?", { replyTo: toAlice.messages[0]!.key });
  await untilTexts(toBob, ["a secret", "which one?"]);
  assert.deepEqual(toBob.messages[1]?.quote, {
    key: toBob.messages[0]!.key,
    isOwn: true,
    kind: "text",
    line: "a secret",
  });
  await untilStatus(toBob, "delivered");
  await toBob.deleteMessage(toBob.messages[0]!.key, { isForAll: true });
  await untilTexts(toAlice, ["", "which one?"]);
  for (const thread of [toBob, toAlice]) {
    assert.equal(thread.messages[0]?.kind, "deleted");
    assert.equal(thread.messages[1]?.quote?.kind, "deleted");
    assert.doesNotMatch(JSON.stringify(thread.messages), /secret/);
  }
  await toAlice.send("last");
  await untilTexts(toBob, ["", "which one?", "last"]);
  await untilStatus(toAlice, "delivered");
  await toAlice.deleteMessage(toAlice.messages[2]!.key, { isForAll: true });
  const [, withAlice] = bob.chats.conversations;
  assert.equal(withAlice?.preview, "");
  assert.equal(withAlice?.isLastDeleted, true);
  const again = await (await bob.reload()).open("alice");
  assert.deepEqual(again.messages.map(({ kind }) => kind), ["deleted", "text", "deleted"]);
});

Deno.test("a message deleted for oneself goes here alone, and does not come back", async () => {
  await using world = await startWorld();
  const { bob, toBob, toAlice } = await acquainted(world);
  await toBob.send("one");
  await toBob.send("two");
  await untilTexts(toAlice, ["one", "two"]);
  await toAlice.deleteMessage(toAlice.messages[1]!.key, { isForAll: false });
  assert.deepEqual(toAlice.messages.map(({ text }) => text), ["one"]);
  assert.equal(bob.chats.conversations[1]?.preview, "one");
  await toBob.react(toBob.messages[1]!.key, "👍");
  await toBob.send("three");
  await untilTexts(toAlice, ["one", "three"]);
  assert.deepEqual(toBob.messages.map(({ text }) => text), ["one", "two", "three"]);
});

Deno.test("what waits and was outdone does not leave: no word of a message that was deleted unsent", async () => {
  await using world = await startWorld();
  const { alice, bob, toBob, toAlice } = await acquainted(world);
  await toBob.send("first");
  await untilTexts(toAlice, ["first"]);
  await untilStatus(toBob, "delivered");
  await world.stopRelay();
  await toBob.send("unsent");
  await toBob.edit(toBob.messages[0]!.key, "second");
  await toBob.edit(toBob.messages[0]!.key, "third");
  await toBob.deleteMessage(toBob.messages[1]!.key, { isForAll: true });
  await world.startRelay();
  alice.setOnline(true);
  bob.setOnline(true);
  await untilTexts(toAlice, ["third"]);
  await toBob.send("last");
  await untilTexts(toAlice, ["third", "last"]);
  assert.deepEqual(toBob.messages.map(({ kind }) => kind), ["text", "text"]);
});

Deno.test("the own other devices come to the same", async () => {
  await using world = await startWorld();
  const { alice, toBob, toAlice } = await acquainted(world);
  for (const text of ["one", "two", "three"]) await toBob.send(text);
  await untilTexts(toAlice, ["one", "two", "three"]);
  await toBob.edit(toBob.messages[0]!.key, "uno");
  await toBob.deleteMessage(toBob.messages[1]!.key, { isForAll: true });
  await toBob.react(toBob.messages[2]!.key, "👍");
  const second = await world.device(alice.person, { isRestored: true });
  await second.until("bob", ({ conversations }) => conversations[1]?.peer === "bob");
  const onSecond = await second.open("bob");
  await untilTexts(onSecond, ["uno", "", "three"]);
  await untilChange(onSecond, {
    what: "the own reaction",
    isSo: () => onSecond.messages[2]?.reactions[0]?.isOwn === true,
  });
  await onSecond.react(onSecond.messages[2]!.key, "");
  await untilChange(toBob, {
    what: "no reaction",
    isSo: () => toBob.messages[2]?.reactions.length === 0,
  });
});

Deno.test("a note to self is edited and deleted on every device", async () => {
  await using world = await startWorld();
  const first = await world.device(world.person("alice"));
  const second = await world.device(first.person);
  const [note, onSecond] = [await first.open("alice"), await second.open("alice")];
  await note.send("milk");
  await untilTexts(onSecond, ["milk"]);
  await untilStatus(note, "sent");
  await onSecond.edit(onSecond.messages[0]!.key, "oat milk");
  await untilTexts(note, ["oat milk"]);
  await note.deleteMessage(note.messages[0]!.key, { isForAll: true });
  await untilTexts(onSecond, [""]);
  assert.equal(onSecond.messages[0]?.kind, "deleted");
});

Deno.test("an answer finds a message that is not loaded, and says where it is gone", async () => {
  await using world = await startWorld();
  const { bob, toBob, toAlice } = await acquainted(world);
  for (let i = 0; i < 60; i++) await toBob.send(`message ${i}`);
  await untilChange(toAlice, {
    what: "all of them",
    isSo: () => toAlice.messages.at(-1)?.text === "message 59",
  });
  await toBob.send("answer", { replyTo: toBob.messages[0]!.key });
  await untilChange(toAlice, {
    what: "the answer",
    isSo: () => toAlice.messages.at(-1)?.text === "answer",
  });
  await toAlice.markRead();
  const short = await bob.open("alice");
  assert.ok(short.hasOlder);
  const { quote } = short.messages.at(-1)!;
  assert.equal(quote?.line, "message 0");
  assert.ok(await short.showAround(quote!.key!));
  assert.equal(short.messages[0]?.text, "message 0");
  await short.deleteMessage(quote!.key!, { isForAll: false });
  await short.showLatest();
  assert.deepEqual(short.messages.at(-1)?.quote, {
    key: null,
    isOwn: false,
    kind: "missing",
    line: "",
  });
});

Deno.test("details tell the times, the status and the way of a message", async () => {
  await using world = await startWorld();
  const { toBob, toAlice } = await acquainted(world);
  await toBob.send("hello");
  await untilStatus(toBob, "delivered");
  await toBob.edit(toBob.messages[0]!.key, "hello you");
  await untilTexts(toAlice, ["hello you"]);
  const own = await toBob.details(toBob.messages[0]!.key);
  assert.equal(own?.status, "delivered");
  assert.equal(own?.arrivedAtMs, null);
  assert.ok(own!.editedAtMs! >= own!.sentAtMs);
  assert.deepEqual(own?.relays, [world.relayUrl]);
  const theirs = await toAlice.details(toAlice.messages[0]!.key);
  assert.equal(theirs?.status, null);
  assert.ok(theirs!.arrivedAtMs! >= theirs!.sentAtMs);
  assert.deepEqual(theirs?.relays, [world.relayUrl]);
  assert.equal(await toBob.details("own-nothing"), null);
});

Deno.test("a text is forwarded to a conversation that is not open, once", async () => {
  await using world = await startWorld();
  const { alice, toAlice } = await acquainted(world);
  const note = await alice.open("alice");
  await note.send("look");
  const { primary } = alice.person;
  const message = { primary, key: note.messages[0]!.key, id: "ab".repeat(16) };
  await alice.chats.forward("bob", message);
  await alice.chats.forward("bob", message);
  await untilTexts(toAlice, ["look"]);
});

Deno.test("what is told twice leaves once", async () => {
  await using world = await startWorld();
  const { bob, toBob, toAlice } = await acquainted(world);
  await toBob.send("hello");
  await untilTexts(toAlice, ["hello"]);
  await untilStatus(toBob, "delivered");
  const [message] = toBob.messages;
  await toBob.react(message!.key, "👍");
  await toBob.react(message!.key, "👍");
  await toBob.deleteMessage(message!.key, { isForAll: true });
  await toBob.deleteMessage(message!.key, { isForAll: true });
  await untilTexts(toAlice, [""]);
  const mail = await mailFor(world, bob.person);
  assert.ok(mail.length <= 3, `${mail.length} events`);
});

Deno.test("an edit that is too long is refused before anything is kept", async () => {
  await using world = await startWorld();
  const { toBob } = await acquainted(world);
  await toBob.send("hello");
  const { key } = toBob.messages[0]!;
  const isTooLong = (error: unknown) => isUserError(error, "message_too_long");
  await assert.rejects(toBob.edit(key, "x".repeat(33_000)), isTooLong);
  assert.equal(toBob.messages[0]?.text, "hello");
});
