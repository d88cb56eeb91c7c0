import assert from "node:assert/strict";
import { verifyEd25519 } from "../../../../protocol/ed25519.ts";
import { openMail } from "../../../../protocol/mail.ts";
import { KIND } from "../../../../protocol/nostr_event.ts";
import type { ConversationView } from "../../../../client/chats/model/conversation_model.ts";
import { connectClient } from "../../../relay/support/test_client.ts";
import { acksFor, craftMessage, mailFor, publish, seal } from "./hostile.ts";
import {
  acquainted,
  type Device,
  type Person,
  startWorld,
  untilChange,
  untilStatus,
  untilTexts,
} from "./world.ts";

const rowOf = ({ chats }: Device, peer: string) =>
  chats.conversations.find((each) => each.peer === peer);

async function untilRow(
  device: Device,
  { peer, what, isSo }: { peer: string; what: string; isSo: (row: ConversationView) => boolean },
): Promise<void> {
  await device.until(what, () => {
    const row = rowOf(device, peer);
    return row !== undefined && isSo(row);
  });
}

Deno.test("what is set on one device is so on the other, and the other way round", async () => {
  await using world = await startWorld();
  const { alice } = await acquainted(world);
  const second = await world.device(alice.person);
  await alice.chats.changeConversation("bob", { isMuted: true, isPinned: true, timerS: 3600 });
  await alice.chats.rename("bob", "Bobby");
  await alice.chats.setVerified("bob", true);
  await untilRow(second, {
    peer: "bob",
    what: "all that was set",
    isSo: ({ isMuted, isPinned, timerS, nickname, isVerified }) =>
      isMuted && isPinned && timerS === 3600 && nickname === "Bobby" && isVerified,
  });
  await second.chats.changeConversation("bob", { isMuted: false, isArchived: true });
  await untilRow(alice, {
    peer: "bob",
    what: "what was set on the second",
    isSo: ({ isMuted, isArchived, isPinned }) => !isMuted && isArchived && isPinned,
  });
});

Deno.test("what was read on one device is read on the other, which tells nobody", async () => {
  await using world = await startWorld();
  const { alice, bob, toBob, toAlice } = await acquainted(world);
  const second = await world.device(alice.person);
  await toBob.send("hello");
  await untilTexts(toAlice, ["hello"]);
  await toAlice.send("one");
  await toAlice.send("two");
  await untilRow(second, { peer: "bob", what: "two unread", isSo: ({ unread }) => unread === 2 });
  await untilTexts(toBob, ["hello", "one", "two"]);
  await toBob.markRead();
  await untilRow(second, { peer: "bob", what: "none unread", isSo: ({ unread }) => unread === 0 });
  await untilStatus(toAlice, "read");
  const { identitySecret } = bob.person.secrets;
  const receipts = (await Promise.all(
    (await mailFor(world, bob.person)).map((event) =>
      openMail(event, { identitySecret, nowMs: Date.now(), verifyEd25519 })
    ),
  )).filter((one) => one.type === "message" && one.message.payload.body.kind === "receipt");
  // One to Bob; his own are filed under his addr only as copies.
  const fromAlice = receipts.filter((one) =>
    one.type === "message" && one.message.payload.from === alice.person.primary
  );
  assert.equal(fromAlice.length, 1);
});

Deno.test("somebody blocked on one device is blocked on the other, and hears nothing from it", async () => {
  await using world = await startWorld();
  const { alice, bob, toBob, toAlice } = await acquainted(world);
  const second = await world.device(alice.person);
  await toBob.send("hello");
  await untilTexts(toAlice, ["hello"]);
  await untilRow(second, { peer: "bob", what: "bob", isSo: () => true });
  await alice.chats.block("bob");
  await second.until("nobody", () => rowOf(second, "bob") === undefined);
  await alice[Symbol.asyncDispose]();
  const before = (await acksFor(world, bob.person)).length;
  await toAlice.send("are you there");
  await untilStatus(toAlice, "sent");
  const note = await second.open("alice");
  await note.send("still here");
  await untilStatus(note, "sent");
  assert.equal(note.conversation.unread, 0);
  assert.equal((await acksFor(world, bob.person)).length, before);
});

Deno.test("a restored device knows what was set and read before, and acks nothing of it again", async () => {
  await using world = await startWorld();
  const { alice, bob, toBob, toAlice } = await acquainted(world);
  const person = alice.person;
  await toBob.send("hello");
  await untilTexts(toAlice, ["hello"]);
  for (const text of ["one", "two"]) await toAlice.send(text);
  await untilTexts(toBob, ["hello", "one", "two"]);
  await alice.chats.changeConversation("bob", { isMuted: true });
  await toBob.markRead();
  const other = await world.device(person);
  await untilRow(other, {
    peer: "bob",
    what: "read and muted elsewhere",
    isSo: ({ isMuted, unread }) => isMuted && unread === 0,
  });
  for (const device of [alice, other]) await device[Symbol.asyncDispose]();
  await toAlice.send("three");
  await untilStatus(toAlice, "sent");
  const acked = new Set((await acksFor(world, bob.person)).map(({ messageId }) => messageId));
  const before = (await acksFor(world, bob.person)).length;

  const restored = await world.device(person, { isRestored: true });
  await untilRow(restored, { peer: "bob", what: "one unread", isSo: ({ unread }) => unread === 1 });
  assert.ok(rowOf(restored, "bob")?.isMuted);
  assert.equal(rowOf(restored, "bob")?.state, "accepted");
  await untilStatus(toAlice, "delivered");
  const after = await acksFor(world, bob.person);
  assert.equal(after.length, before + 1);
  assert.ok(!acked.has(after.find(({ messageId }) => !acked.has(messageId))!.messageId));
  await untilTexts(await restored.open("bob"), ["hello", "one", "two", "three"]);
});

Deno.test("a message that came to one device alone is acked, though another has read what is newer", async () => {
  await using world = await startWorld();
  const { alice, bob, toBob, toAlice } = await acquainted(world);
  const second = await world.device(alice.person);
  await toBob.send("hello");
  await untilTexts(toAlice, ["hello"]);
  await untilRow(second, { peer: "bob", what: "the chat", isSo: ({ preview }) => preview !== "" });
  const earlierMs = Date.now();
  await toAlice.send("newer");
  await untilRow(second, { peer: "bob", what: "one unread", isSo: ({ unread }) => unread === 1 });
  await untilTexts(toBob, ["hello", "newer"]);
  await toBob.markRead();
  await untilRow(second, { peer: "bob", what: "none unread", isSo: ({ unread }) => unread === 0 });
  await alice[Symbol.asyncDispose]();
  const late = craftMessage(bob.person, { to: alice.person, text: "late", sentAtMs: earlierMs });
  await using listener = await connectClient(world.relayUrl);
  await listener.auth(bob.person.secrets.nostrSecret);
  await listener.subscribe("live", { kinds: [KIND.quiet], "#q": [bob.person.addr] });
  await publish(world, await seal(late, { reader: alice.person }));
  const thread = await second.open("bob");
  await untilChange(thread, { what: "the late one", isSo: () => thread.messages.length === 3 });
  const { identitySecret } = bob.person.secrets;
  const opening = { identitySecret, nowMs: Date.now(), verifyEd25519 };
  let acked: string | null = null;
  // What the first device had told Bob may come before.
  while (acked !== late.payload.id) {
    const mail = await openMail(await listener.live("live"), opening);
    acked = mail.type === "ack" ? mail.ack.payload.message_id : null;
  }
});

Deno.test("nobody else can tell the devices of an account what to do", async () => {
  await using world = await startWorld();
  const { alice, bob, toBob, toAlice } = await acquainted(world);
  const told = {
    primary: bob.person.primary,
    handle: null,
    state: "blocked",
    muted: true,
    pinned: true,
    archived: true,
    nickname: "owned",
    verified: true,
    changed_at: Date.now() + 1000,
    timer: 5,
    timer_at: Date.now() + 1000,
    read_to: Date.now() + 1000,
  };
  const body = { kind: "sync", state: { conversations: [told] } };
  for (const from of [bob.person, world.person("eve")]) {
    const message = craftMessage(from, { to: alice.person, body });
    await publish(world, await seal(message, { reader: alice.person, kind: KIND.quiet }));
  }
  await toAlice.send("after");
  await untilTexts(toBob, ["after"]);
  const row = rowOf(alice, "bob");
  assert.deepEqual(
    [row?.isMuted, row?.isPinned, row?.isVerified, row?.timerS, row?.unread, row?.nickname],
    [false, false, false, null, 1, null],
  );
});

Deno.test("whatever handle a stranger claims, the own devices hear that it is blocked", async () => {
  await using world = await startWorld();
  const { alice } = await acquainted(world);
  const second = await world.device(alice.person);
  const claims = ["x".repeat(31_000), `eve@${"x".repeat(400)}`, `${" ".repeat(400)}eve`];
  const strangers = claims.map((_, index) => world.person(`eve-${index}`, { isListed: false }));
  const isIn = (rows: readonly ConversationView[], { primary }: Person) =>
    rows.some((row) => row.primary === primary);
  for (const [index, eve] of strangers.entries()) {
    const fromHandle = claims[index]!;
    const message = craftMessage(eve, { to: alice.person, text: "hello", fromHandle });
    await publish(world, await seal(message, { reader: alice.person }));
    await alice.until("the request", ({ conversations }) => isIn(conversations, eve));
    await alice.chats.block(eve.primary);
  }
  await second.until("the blocks", ({ blocked }) => strangers.every((eve) => isIn(blocked, eve)));
  assert.deepEqual(alice.faults, []);
});
