import assert from "node:assert/strict";
import { STEP_MESSAGES } from "../../../../client/chats/thread/message_pages.ts";
import { isUserError } from "../../../../client/user_error.ts";
import { mailFor } from "./hostile.ts";
import { acquainted, startWorld, untilChange, untilStatus, untilTexts } from "./world.ts";

Deno.test("two people chat both ways and see Delivered", async () => {
  await using world = await startWorld();
  const { alice, toBob, toAlice } = await acquainted(world);
  await toBob.send("hello bob");
  await untilTexts(toAlice, ["hello bob"]);
  await untilStatus(toBob, "delivered");
  await toAlice.send("hello alice");
  const messages = await untilTexts(toBob, ["hello bob", "hello alice"]);
  await untilStatus(toAlice, "delivered");
  assert.deepEqual(messages.map(({ isOwn }) => isOwn), [true, false]);
  const [noteToSelf, withBob] = alice.chats.conversations;
  assert.ok(noteToSelf?.isSelf);
  assert.equal(withBob?.title, "bob");
  assert.equal(withBob?.unread, 1);
  assert.equal(withBob?.preview, "hello alice");
  assert.equal(withBob?.hasReplied, true);
  assert.deepEqual(alice.chats.dropped, {});
});

Deno.test("a message shows at once, before it is on disk", async () => {
  await using world = await startWorld();
  const { toBob } = await acquainted(world);
  const sending = toBob.send("quick");
  assert.deepEqual(toBob.messages.map(({ text, status }) => [text, status]), [[
    "quick",
    "sending",
  ]]);
  await sending;
  await untilStatus(toBob, "delivered");
  assert.equal(toBob.messages.length, 1);
});

Deno.test("texts come through as they are, whatever is in them", async () => {
  await using world = await startWorld();
  const { toBob, toAlice } = await acquainted(world);
  const texts = ["<script>alert(1)</script>", "שלום \u202Eabc", "👩‍👩‍👧‍👦", "a\nb\t'; --", "  spaced  "];
  for (const text of texts) await toBob.send(text);
  const shown = await untilTexts(toAlice, texts);
  assert.ok(shown.every(({ kind }) => kind === "text"));
  await toBob.send("\uD800 half");
  await untilTexts(toAlice, [...texts, "\uFFFD half"]);
});

Deno.test("an empty text is not sent, and one beyond 32 KiB is refused before anything is kept", async () => {
  await using world = await startWorld();
  const { toBob } = await acquainted(world);
  await toBob.send(" \n ");
  for (const text of ["x".repeat(33_000), "€".repeat(11_000), "x".repeat(32_700)]) {
    await assert.rejects(toBob.send(text), (error) => isUserError(error, "message_too_long"));
  }
  assert.deepEqual(toBob.messages, []);
  await toBob.send("x".repeat(31_000));
  await untilStatus(toBob, "delivered");
});

Deno.test("many messages sent at once arrive once each, in their order, and are all delivered", async () => {
  await using world = await startWorld();
  const { toBob, toAlice } = await acquainted(world);
  const texts = Array.from({ length: 40 }, (_, i) => `message ${i}`);
  await Promise.all(texts.map((text) => toBob.send(text)));
  await untilTexts(toAlice, texts);
  await untilChange(toBob, {
    what: "all delivered",
    isSo: () => toBob.messages.every(({ status }) => status === "delivered"),
  });
  assert.deepEqual(toBob.messages.map(({ text }) => text), texts);
});

Deno.test("the relay goes away in mid-conversation and comes back: nothing is lost, nothing doubled", async () => {
  await using world = await startWorld();
  const { alice, bob, toBob, toAlice } = await acquainted(world);
  await toBob.send("before");
  await untilStatus(toBob, "delivered");
  await world.stopRelay();
  await alice.until("away", ({ connection }) => connection.state === "away");
  await bob.until("away", ({ connection }) => connection.state === "away");
  await toBob.send("from alice, meanwhile");
  await toAlice.send("from bob, meanwhile");
  assert.equal(toBob.messages.at(-1)?.status, "sending");
  await world.startRelay();
  const all = ["before", "from alice, meanwhile", "from bob, meanwhile"];
  await untilTexts(toBob, all);
  await untilTexts(toAlice, all);
  await untilStatus(toBob, "delivered");
  await untilStatus(toAlice, "delivered");
  await alice.until("connected", ({ connection }) => connection.state === "connected");
  await toBob.send("after");
  await untilTexts(toAlice, [...all, "after"]);
  await untilStatus(toBob, "delivered");
});

Deno.test("a message queued without a relay survives a reload and leaves when the relay is back", async () => {
  await using world = await startWorld();
  const { alice, toBob, toAlice } = await acquainted(world);
  await world.stopRelay();
  await toBob.send("queued one");
  await toBob.send("queued two");
  const again = await alice.reload();
  const reopened = await again.open("bob");
  assert.deepEqual(reopened.messages.map(({ text, status }) => [text, status]), [
    ["queued one", "sending"],
    ["queued two", "sending"],
  ]);
  await world.startRelay();
  await untilTexts(toAlice, ["queued one", "queued two"]);
  await untilStatus(reopened, "delivered");
});

Deno.test("history, unread count and conversations are there after a reload", async () => {
  await using world = await startWorld();
  const { bob, toBob, toAlice } = await acquainted(world);
  for (const text of ["one", "two", "three"]) await toBob.send(text);
  await untilTexts(toAlice, ["one", "two", "three"]);
  const again = await bob.reload();
  const withAlice = again.chats.conversations.find(({ peer }) => peer === "alice");
  assert.equal(withAlice?.unread, 3);
  const thread = await again.open("alice");
  assert.deepEqual(thread.messages.map(({ text }) => text), ["one", "two", "three"]);
  await thread.markRead();
  assert.equal(again.chats.conversations.find(({ peer }) => peer === "alice")?.unread, 0);
  await again.until("connected", ({ connection }) => connection.state === "connected");
  assert.equal((await again.open("alice")).messages.length, 3);
});

Deno.test("a thread opens at its newest fifty messages, and older ones come page by page", async () => {
  await using world = await startWorld();
  const { alice, toBob } = await acquainted(world);
  const texts = Array.from({ length: 120 }, (_, i) => `m${i}`);
  for (const text of texts) await toBob.send(text);
  const again = await alice.reload();
  const thread = await again.open("bob");
  const shown = () => thread.messages.map(({ text }) => text);
  assert.deepEqual(shown(), texts.slice(-50));
  assert.ok(thread.hasOlder);
  await Promise.all([thread.loadOlder(), thread.loadOlder()]);
  assert.deepEqual(shown(), texts.slice(-50 - STEP_MESSAGES));
  while (thread.hasOlder) await thread.loadOlder();
  assert.deepEqual(shown(), texts);
});

Deno.test("a note to self is sent once, as a quiet copy to the own devices", async () => {
  await using world = await startWorld();
  const alice = await world.device(world.person("alice"));
  const peer = await alice.chats.startChat("@Alice");
  const thread = await alice.open(peer);
  await thread.send("milk");
  await untilStatus(thread, "sent");
  const mail = await mailFor(world, alice.person);
  assert.deepEqual(mail.map(({ kind }) => kind), [4244]);
  assert.equal(alice.chats.conversations.length, 1);
  assert.equal(alice.chats.conversations[0]?.preview, "milk");
});

Deno.test("without a network the chats wait, and go on when it is back", async () => {
  await using world = await startWorld();
  const { alice, toBob, toAlice } = await acquainted(world);
  await alice.until("connected", ({ connection }) => connection.state === "connected");
  alice.setOnline(false);
  assert.equal(alice.chats.connection.state, "waiting");
  await toAlice.send("are you there");
  await untilStatus(toAlice, "sent");
  alice.setOnline(true);
  await untilTexts(toBob, ["are you there"]);
  await untilStatus(toAlice, "delivered");
});

Deno.test("starting a chat finds people however they are typed, and says when there is nobody", async () => {
  await using world = await startWorld();
  const alice = await world.device(world.person("alice"));
  world.person("bob");
  world.person("bob", { server: "other.test" });
  assert.equal(await alice.chats.startChat(" @Bob "), "bob");
  assert.equal(await alice.chats.startChat("bob@kez.test"), "bob");
  assert.equal(await alice.chats.startChat("bob@other.test"), "bob@other.test");
  assert.equal(alice.chats.conversations.length, 3);
  const foreign = alice.chats.conversations.find(({ server }) => server === "other.test");
  assert.equal(foreign?.title, "bob");
  await assert.rejects(alice.chats.startChat("nobody"), (e) => isUserError(e, "unknown_handle"));
  await assert.rejects(alice.chats.startChat("no such"), (e) => isUserError(e, "invalid_handle"));
  assert.equal(await alice.chats.openThread("nobody"), null);
});

Deno.test("a handle that is somebody else's all at once blocks sending", async () => {
  await using world = await startWorld();
  const { alice, toBob } = await acquainted(world);
  const impostor = world.person("mallory");
  world.list("bob", impostor);
  assert.equal(await alice.chats.startChat("bob"), "bob");
  await untilChange(toBob, {
    what: "a changed key",
    isSo: () => toBob.conversation.state === "key_changed",
  });
  await assert.rejects(toBob.send("to whom"), (error) => isUserError(error, "key_changed"));
  assert.equal(toBob.messages.at(-1)?.status, "failed");
  assert.deepEqual(await mailFor(world, impostor), []);
});

Deno.test("deleting a chat whose key has changed frees the handle for who has it now", async () => {
  await using world = await startWorld();
  const { alice, bob, toBob } = await acquainted(world);
  const successor = await world.device(world.person("robert"));
  world.list("bob", successor.person);
  await alice.chats.startChat("bob");
  await untilChange(toBob, {
    what: "a changed key",
    isSo: () => toBob.conversation.state === "key_changed",
  });
  await alice.chats.deleteConversation("bob");
  assert.equal(await alice.chats.openThread("bob"), null);
  const thread = await alice.open(await alice.chats.startChat("bob"));
  assert.equal(thread.conversation.primary, successor.person.primary);
  assert.equal(thread.conversation.state, "accepted");
  await thread.send("good to know you");
  await successor.until("a request", ({ conversations }) => conversations.length === 2);
  assert.ok(!bob.chats.conversations.some(({ preview }) => preview === "good to know you"));
});

Deno.test("people of two servers chat, though each reads at its own relay only", async () => {
  await using home = await startWorld();
  await using abroad = await startWorld();
  const alice = home.person("alice");
  const bob = abroad.person("bob", { server: "other.test" });
  home.list("bob", bob, abroad.relayUrl);
  abroad.list("alice", alice, home.relayUrl);
  const atHome = await home.device(alice);
  const away = await abroad.device(bob);
  const toBob = await atHome.open(await atHome.chats.startChat("bob@other.test"));
  await toBob.send("hello over there");
  await away.until("a request", ({ conversations }) => conversations.length === 2);
  assert.equal(away.chats.conversations[1]?.peer, alice.primary);
  await away.chats.accept(alice.primary);
  await untilStatus(toBob, "delivered");
  await away.until(
    "alice by name",
    ({ conversations }) => conversations[1]?.peer === "alice@kez.test",
  );
  const toAlice = await away.open("alice@kez.test");
  await toAlice.send("hello over here");
  await untilTexts(toBob, ["hello over there", "hello over here"]);
  await untilStatus(toAlice, "delivered");
  assert.equal(atHome.chats.connection.relays.length, 2);
});

Deno.test("a message to a relay that is away waits for it, while the own relay is there", async () => {
  await using home = await startWorld();
  await using abroad = await startWorld();
  const bob = abroad.person("bob", { server: "other.test" });
  home.list("bob", bob, abroad.relayUrl);
  const alice = await home.device(home.person("alice"));
  abroad.list("alice", alice.person, home.relayUrl);
  const toBob = await alice.open(await alice.chats.startChat("bob@other.test"));
  await abroad.stopRelay();
  await toBob.send("anybody home");
  assert.equal(alice.chats.connection.relays[0]?.url, home.relayUrl);
  await abroad.startRelay();
  await untilStatus(toBob, "sent");
  const away = await abroad.device(bob);
  await away.until(
    "a request",
    ({ conversations }) => conversations[1]?.preview === "anybody home",
  );
});

Deno.test("messages of one millisecond keep their order for a reader who was away", async () => {
  await using world = await startWorld();
  const { alice, bob, toBob } = await acquainted(world);
  const { databaseName, person } = bob;
  await toBob.send("hello");
  await untilStatus(toBob, "delivered");
  await bob[Symbol.asyncDispose]();
  const stillMs = Date.now() + 50;
  const second = await world.device(alice.person, { nowMs: () => stillMs });
  await second.until("bob, by name", ({ conversations }) => conversations[1]?.peer === "bob");
  const thread = await second.open("bob");
  const texts = ["hello", ...Array.from({ length: 12 }, (_, i) => `${i}`)];
  for (const text of texts.slice(1)) await thread.send(text);
  await untilChange(thread, {
    what: "all sent",
    isSo: () => thread.messages.every(({ status }) => status !== "sending"),
  });
  const again = await world.device(person, { databaseName });
  await untilTexts(await again.open("alice"), texts);
});
