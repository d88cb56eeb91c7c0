import assert from "node:assert/strict";
import { craftMessage, publish, seal } from "./hostile.ts";
import {
  acquainted,
  type Device,
  startWorld,
  untilStatus,
  untilTexts,
  type World,
} from "./world.ts";

const viewOf = ({ chats }: Device, peer: string) =>
  [...chats.conversations, ...chats.blocked].find((one) => one.peer === peer)!;

Deno.test("a peer can be given a name, which stays and can be taken back", async () => {
  await using world = await startWorld();
  const { alice } = await acquainted(world);
  await alice.chats.rename("bob", "  Bob\u202e from\nthe  boat ");
  assert.equal(viewOf(alice, "bob").title, "Bob from the boat");
  assert.equal(viewOf(alice, "bob").handle, "bob");
  const again = await alice.reload();
  assert.equal(viewOf(again, "bob").nickname, "Bob from the boat");
  await again.chats.rename("bob", "x".repeat(500));
  assert.equal(viewOf(again, "bob").nickname?.length, 64);
  await again.chats.rename("bob", " ");
  assert.equal(viewOf(again, "bob").title, "bob");
});

Deno.test("a peer is verified until that is taken back", async () => {
  await using world = await startWorld();
  const { alice } = await acquainted(world);
  assert.equal(viewOf(alice, "bob").isVerified, false);
  await alice.chats.setVerified("bob", true);
  const again = await alice.reload();
  assert.equal(viewOf(again, "bob").isVerified, true);
  await again.chats.setVerified("bob", false);
  assert.equal(viewOf(again, "bob").isVerified, false);
});

Deno.test("a blocked peer is listed apart, and comes back with all that was said", async () => {
  await using world = await startWorld();
  const { alice, bob, toAlice } = await acquainted(world);
  await toAlice.send("one");
  await alice.until("one", ({ conversations }) => conversations[1]?.preview === "one");
  await alice.chats.block("bob");
  assert.deepEqual(alice.chats.blocked.map(({ peer }) => peer), ["bob"]);
  assert.ok(!alice.chats.conversations.some(({ peer }) => peer === "bob"));
  await alice.chats.unblock("bob");
  assert.deepEqual(alice.chats.blocked, []);
  const thread = await alice.open("bob");
  assert.deepEqual(thread.messages.map(({ text }) => text), ["one"]);
  await toAlice.send("two");
  await untilTexts(thread, ["one", "two"]);
  await thread.send("three");
  await bob.until("three", ({ conversations }) => conversations[1]?.preview === "three");
});

Deno.test("a stranger who is blocked and unblocked is a stranger still, and learns nothing", async () => {
  await using world = await startWorld();
  const alice = await world.device(world.person("alice"));
  const bob = await world.device(world.person("bob"));
  const toAlice = await bob.open(await bob.chats.startChat("alice"));
  await toAlice.send("let me in");
  // The relay passes a message on before it answers whoever sent it.
  await untilStatus(toAlice, "sent");
  await alice.until("a request", ({ conversations }) => conversations[1]?.state === "request");
  await alice.chats.block("bob");
  await alice.chats.unblock("bob");
  assert.equal(viewOf(alice, "bob").state, "request");
  assert.equal(viewOf(await alice.reload(), "bob").state, "request");
  assert.deepEqual(toAlice.messages.map(({ status }) => status), ["sent"]);
});

Deno.test("to delete the chat with somebody blocked is not to unblock them", async () => {
  await using world = await startWorld();
  const { alice, toAlice } = await acquainted(world);
  await toAlice.send("one");
  await alice.until("one", ({ conversations }) => conversations[1]?.preview === "one");
  await alice.chats.block("bob");
  await alice.chats.deleteConversation("bob");
  const again = await alice.reload();
  assert.deepEqual(again.chats.blocked.map(({ peer }) => peer), ["bob"]);
  assert.deepEqual((await again.open("bob")).messages, []);
});

Deno.test("a code of the home server begins a chat; one that nobody here has does not", async () => {
  await using world = await startWorld();
  const alice = await world.device(world.person("alice"));
  const bob = world.person("bob");
  assert.equal(await alice.chats.startChatWith(bob.primary), "bob");
  assert.equal(await alice.chats.startChatWith(bob.primary), "bob");
  assert.equal(await alice.chats.startChatWith(alice.person.primary), "alice");
  const foreign = world.person("carol", { server: "other.test" });
  await assert.rejects(alice.chats.startChatWith(foreign.primary), { code: "unknown_handle" });
  assert.equal(alice.chats.conversations.length, 2);
});

/** Alice knows Bob, and has a message to him waiting, when his handle becomes somebody else's. */
async function changed(world: World) {
  const { alice, bob, toBob, toAlice } = await acquainted(world);
  await toBob.send("for the first");
  await untilStatus(toBob, "delivered");
  await toAlice.send("from the first");
  await untilTexts(toBob, ["for the first", "from the first"]);
  const second = world.person("bob", { isListed: false });
  await world.stopRelay();
  await toBob.send("waits");
  world.list("bob", second);
  await alice.chats.startChat("bob");
  await alice.until(
    "the change",
    ({ conversations }) => conversations.some(({ state }) => state === "key_changed"),
  );
  await world.startRelay();
  return { alice, bob, toBob, second };
}

Deno.test("a changed identity stops sending until it is accepted, and is named meanwhile", async () => {
  await using world = await startWorld();
  const { alice, bob, toBob, second } = await changed(world);
  await alice.chats.setVerified("bob", true);
  const view = viewOf(alice, "bob");
  assert.equal(view.primary, bob.person.primary);
  assert.equal(view.successor, second.primary);
  assert.equal(view.isVerified, false);
  await assert.rejects(toBob.send("no"), { code: "key_changed" });
  const third = world.person("bob", { isListed: false });
  await assert.rejects(alice.chats.acceptKey("bob", third.primary), { code: "key_changed" });
  assert.equal(viewOf(alice, "bob").state, "key_changed");
});

Deno.test("once a changed identity is accepted the history stays, and what waited can be sent to it", async () => {
  await using world = await startWorld();
  const { alice, second } = await changed(world);
  await alice.chats.rename("bob", "Bob");
  // The new one has written already: a request, until it is accepted.
  const letter = craftMessage(second, { to: alice.person, text: "from the second" });
  await publish(world, await seal(letter, { reader: alice.person }));
  await alice.until(
    "the request",
    ({ conversations }) => conversations.some(({ primary }) => primary === second.primary),
  );
  assert.equal(await alice.chats.acceptKey("bob", second.primary), "bob");
  assert.equal(alice.chats.conversations.length, 2);
  const view = viewOf(alice, "bob");
  assert.equal(view.primary, second.primary);
  assert.equal(view.state, "accepted");
  assert.equal(view.nickname, "Bob");
  assert.equal(view.isVerified, false);
  assert.equal(view.successor, null);
  assert.equal(view.keyChangesAtMs.length, 1);

  const thread = await alice.open("bob");
  const texts = ["for the first", "from the first", "waits", "from the second"];
  assert.deepEqual(thread.messages.map(({ text }) => text), texts);
  assert.deepEqual(thread.messages.map(({ isOwn }) => isOwn), [true, false, true, false]);
  const waiting = thread.messages[2]!;
  assert.equal(waiting.status, "failed");

  const device = await world.device(second);
  await thread.retry(waiting.key);
  await device.until(
    "the message, by name",
    ({ conversations: [, first] }) => first?.preview === "waits" && first.peer === "alice",
  );
  await device.chats.accept("alice");
  await thread.send("for the second");
  await untilStatus(thread, "delivered");
  const again = await alice.reload();
  assert.equal((await again.open("bob")).messages.length, 5);
  assert.deepEqual(again.faults, []);
});

Deno.test("a handle that goes back to the pinned identity needs nothing", async () => {
  await using world = await startWorld();
  const { alice, bob, second } = await changed(world);
  world.list("bob", bob.person);
  const letter = craftMessage(second, { to: alice.person, fromHandle: "bob@kez.test" });
  await publish(world, await seal(letter, { reader: alice.person }));
  await alice.until(
    "the pinned one again",
    ({ conversations }) =>
      conversations.some(({ peer, state }) => peer === "bob" && state === "accepted"),
  );
  const view = viewOf(alice, "bob");
  assert.equal(view.primary, bob.person.primary);
  assert.equal(view.successor, null);
});

Deno.test("a device that does not know of an accepted identity does not bring the old one back elsewhere", async () => {
  await using world = await startWorld();
  const { alice, bob, second } = await changed(world);
  const other = await world.device(alice.person, { isRestored: true });
  const former = bob.person.primary;
  await other.until(
    "the first one",
    ({ conversations }) =>
      conversations.some(({ primary, state }) => primary === former && state === "accepted"),
  );
  await alice.chats.acceptKey("bob", second.primary);
  // About the old identity there, then about oneself, to know when it has come.
  await other.chats.changeConversation(former, { isPinned: true });
  await other.chats.changeConversation("alice", { timerS: 60 });
  await alice.until(
    "the change",
    ({ conversations }) => conversations.some(({ isSelf, timerS }) => isSelf && timerS === 60),
  );
  assert.deepEqual(alice.chats.conversations.map(({ peer }) => peer), ["alice", "bob"]);
  assert.equal(viewOf(alice, "bob").primary, second.primary);
});
