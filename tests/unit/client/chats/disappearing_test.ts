import assert from "node:assert/strict";
import { acquainted, startWorld, untilChange, untilStatus, untilTexts } from "./world.ts";

Deno.test("messages disappear on both sides, each counted from when it was shown there, in the list too", async () => {
  await using world = await startWorld();
  const { alice, bob, toBob, toAlice } = await acquainted(world);
  await toBob.send("this stays");
  await untilTexts(toAlice, ["this stays"]);
  await toAlice.markRead();
  await alice.chats.changeConversation("bob", { timerS: 1 });
  await toBob.send("this goes");
  await untilTexts(toAlice, ["this stays", "this goes"]);
  // Its sender's second is over; its reader has not looked yet.
  await untilTexts(toBob, ["this stays"]);
  assert.equal(toAlice.messages.length, 2);
  await toAlice.markRead();
  await untilTexts(toAlice, ["this stays"]);
  for (const [device, peer] of [[alice, "bob"], [bob, "alice"]] as const) {
    const row = device.chats.conversations.find((one) => one.peer === peer);
    assert.equal(row?.preview, "this stays");
  }
});

Deno.test("a message whose time is over while the app is closed is gone at the next start", async () => {
  await using world = await startWorld();
  let offsetMs = 0;
  const person = world.person("bob");
  const bob = await world.device(person, { nowMs: () => Date.now() + offsetMs });
  const alice = await world.device(world.person("alice"));
  const toAlice = await bob.open(await bob.chats.startChat("alice"));
  const toBob = await alice.open(await alice.chats.startChat("bob"));
  await alice.chats.changeConversation("bob", { timerS: 3600 });
  await toBob.send("for an hour");
  await untilTexts(toAlice, ["for an hour"]);
  await toAlice.markRead();
  offsetMs = 2 * 3600 * 1000;
  const again = await bob.reload();
  assert.equal((await again.open("alice")).messages.length, 0);
  const row = again.chats.conversations.find(({ peer }) => peer === "alice");
  assert.equal(row?.preview, "");
});

Deno.test("the timer of the newest message is the conversation's, on both sides", async () => {
  await using world = await startWorld();
  const { alice, bob, toBob, toAlice } = await acquainted(world);
  await alice.chats.changeConversation("bob", { timerS: 3600 });
  assert.equal(toBob.conversation.isTimerUntold, true);
  await toBob.send("an hour each");
  assert.equal(toBob.conversation.isTimerUntold, false);
  await untilTexts(toAlice, ["an hour each"]);
  assert.equal(toAlice.conversation.timerS, 3600);
  assert.equal(toAlice.conversation.isTimerUntold, false);
  assert.equal(toAlice.messages[0]?.expiresInS, 3600);
  await bob.chats.changeConversation("alice", { timerS: null });
  await toAlice.send("for ever");
  await untilTexts(toBob, ["an hour each", "for ever"]);
  assert.equal(toBob.conversation.timerS, null);
  assert.equal(toBob.messages[1]?.expiresInS, null);
});

Deno.test("a timer that was just set is not undone by a message that was on its way", async () => {
  await using world = await startWorld();
  const { alice, bob, toBob, toAlice } = await acquainted(world);
  bob.setOnline(false);
  await world.stopRelay();
  await toAlice.send("written before");
  await alice.chats.changeConversation("bob", { timerS: 60 });
  await world.startRelay();
  bob.setOnline(true);
  bob.chats.retryConnection();
  alice.chats.retryConnection();
  await untilTexts(toBob, ["written before"]);
  assert.equal(toBob.conversation.timerS, 60);
});

Deno.test("a timer that no message has told yet stands, whatever the other writes meanwhile", async () => {
  await using world = await startWorld();
  const { alice, bob, toBob, toAlice } = await acquainted(world);
  await alice.chats.changeConversation("bob", { timerS: 3600 });
  await toAlice.send("knows nothing");
  await toAlice.send("still nothing");
  await untilTexts(toBob, ["knows nothing", "still nothing"]);
  assert.equal(toBob.conversation.timerS, 3600);
  await toBob.send("an hour each");
  await untilTexts(toAlice, ["knows nothing", "still nothing", "an hour each"]);
  assert.equal(toAlice.messages[2]?.expiresInS, 3600);
  await bob.chats.changeConversation("alice", { timerS: null });
  await toAlice.send("for ever");
  await untilTexts(toBob, ["knows nothing", "still nothing", "an hour each", "for ever"]);
  assert.equal(toBob.conversation.timerS, null);
});

Deno.test("an own message is not counted down before a relay has it", async () => {
  await using world = await startWorld();
  const { alice, toBob } = await acquainted(world);
  await alice.chats.changeConversation("bob", { timerS: 1 });
  await world.stopRelay();
  await toBob.send("kept until it left");
  await alice.chats.changeConversation("bob", { timerS: 2 });
  await toBob.send("and this");
  const again = await alice.reload();
  const thread = await again.open("bob");
  assert.equal(thread.messages.length, 2);
  await world.startRelay();
  again.chats.retryConnection();
  await untilStatus(thread, "delivered");
  await untilChange(thread, { what: "both gone", isSo: () => thread.messages.length === 0 });
});
