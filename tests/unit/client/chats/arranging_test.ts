import assert from "node:assert/strict";
import { acquainted, startWorld, untilTexts } from "./world.ts";

Deno.test("pinned chats stand above newer ones, and below Note to self", async () => {
  await using world = await startWorld();
  const alice = await world.device(world.person("alice"));
  for (const handle of ["bob", "carol", "dave"]) {
    world.person(handle);
    await alice.chats.startChat(handle);
  }
  await alice.chats.changeConversation("bob", { isPinned: true });
  const peers = () => alice.chats.conversations.map(({ peer }) => peer);
  assert.deepEqual(peers().slice(0, 2), ["alice", "bob"]);
  const again = await alice.reload();
  assert.equal(again.chats.conversations[1]?.peer, "bob");
  assert.ok(again.chats.conversations[1]?.isPinned);
});

Deno.test("a new message brings an archived chat back, and leaves a muted one where it is", async () => {
  await using world = await startWorld();
  const { bob, toBob, toAlice } = await acquainted(world);
  const seen = () => bob.chats.conversations.find(({ peer }) => peer === "alice")!;
  await bob.chats.changeConversation("alice", { isArchived: true });
  assert.ok(seen().isArchived);
  await toBob.send("one");
  await untilTexts(toAlice, ["one"]);
  assert.equal(seen().isArchived, false);
  await bob.chats.changeConversation("alice", { isArchived: true, isMuted: true });
  await toBob.send("two");
  await untilTexts(toAlice, ["one", "two"]);
  assert.ok(seen().isArchived);
  assert.equal(seen().unread, 2);
});

Deno.test("a chat that is marked as unread stays so over a reload, until it is read", async () => {
  await using world = await startWorld();
  const { alice } = await acquainted(world);
  await alice.chats.changeConversation("bob", { isMarkedUnread: true });
  const again = await alice.reload();
  assert.ok(again.chats.conversations[1]?.isMarkedUnread);
  await (await again.open("bob")).markRead();
  assert.equal(again.chats.conversations[1]?.isMarkedUnread, false);
});

Deno.test("a request has to be answered before it is arranged", async () => {
  await using world = await startWorld();
  const bob = await world.device(world.person("bob"));
  const alice = await world.device(world.person("alice"));
  await (await alice.open(await alice.chats.startChat("bob"))).send("hello");
  await bob.until("a request", ({ conversations }) => conversations[1]?.state === "request");
  await bob.chats.changeConversation(alice.person.primary, { isArchived: true, timerS: 60 });
  assert.equal(bob.chats.conversations[1]?.isArchived, false);
  assert.equal(bob.chats.conversations[1]?.timerS, null);
});

Deno.test("a draft is kept over a reload, is the thread's again, and goes with its message", async () => {
  await using world = await startWorld();
  const { alice, toBob } = await acquainted(world);
  toBob.setDraft("half a sen");
  assert.equal((await alice.open("bob")).conversation.draft, "half a sen");
  const again = await alice.reload();
  assert.equal(again.chats.conversations[1]?.draft, "half a sen");
  const thread = await again.open("bob");
  assert.equal(thread.conversation.draft, "half a sen");
  thread.setDraft("half a sentence");
  await thread.send("half a sentence");
  assert.equal(thread.conversation.draft, "");
  assert.equal(again.chats.conversations[1]?.draft, "");
});

Deno.test("a draft goes with its message though its thread is left before that is on disk", async () => {
  await using world = await startWorld();
  const { alice, toBob } = await acquainted(world);
  toBob.setDraft("on my way out");
  const sent = toBob.send("on my way out");
  toBob.close();
  assert.equal((await alice.open("bob")).conversation.draft, "");
  await sent;
  assert.equal(alice.chats.conversations[1]?.draft, "");
  const again = await alice.reload();
  assert.equal(again.chats.conversations[1]?.draft, "");
});

Deno.test("preferences hold over a reload", async () => {
  await using world = await startWorld();
  const alice = await world.device(world.person("alice"));
  assert.deepEqual(alice.chats.preferences, {
    readReceipts: true,
    typing: true,
    showVia: true,
    usesOwnKey: false,
    notifications: true,
  });
  await alice.chats.changePreferences({ typing: false });
  assert.deepEqual(alice.chats.preferences, {
    readReceipts: true,
    typing: false,
    showVia: true,
    usesOwnKey: false,
    notifications: true,
  });
  const again = await alice.reload();
  assert.deepEqual(again.chats.preferences, {
    readReceipts: true,
    typing: false,
    showVia: true,
    usesOwnKey: false,
    notifications: true,
  });
});
