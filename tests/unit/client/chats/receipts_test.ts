import assert from "node:assert/strict";
import { verifyEd25519 } from "../../../../protocol/ed25519.ts";
import { type OpenedMail, openMail } from "../../../../protocol/mail.ts";
import { KIND } from "../../../../protocol/nostr_event.ts";
import { craftMessage, mailFor, publish, seal } from "./hostile.ts";
import {
  acquainted,
  type Person,
  startWorld,
  untilStatus,
  untilStatuses,
  untilTexts,
  type World,
} from "./world.ts";

const READ_A = "a".repeat(32);

async function tellRead(
  world: World,
  { from, to, targets }: { from: Person; to: Person; targets: string[] },
): Promise<void> {
  const body = { kind: "receipt", status: "read", targets };
  await publish(
    world,
    await seal(craftMessage(from, { to, body }), { reader: to, kind: KIND.quiet }),
  );
}

async function countReceipts(world: World, reader: Person): Promise<number> {
  const { identitySecret } = reader.secrets;
  const mail = (await mailFor(world, reader)).map((event) =>
    openMail(event, { identitySecret, nowMs: Date.now(), verifyEd25519 })
  );
  const isReceipt = (one: OpenedMail) =>
    one.type === "message" && one.message.payload.body.kind === "receipt";
  return (await Promise.all(mail)).filter(isReceipt).length;
}

Deno.test("a message is read once its reader has seen it, and stays so over a reload", async () => {
  await using world = await startWorld();
  const { alice, toBob, toAlice } = await acquainted(world);
  await toBob.send("one");
  await toBob.send("two");
  await untilTexts(toAlice, ["one", "two"]);
  await untilStatus(toBob, "delivered");
  await toAlice.markRead();
  await untilStatuses(toBob, ["read", "read"]);
  const row = (chats = alice.chats) => chats.conversations.find(({ peer }) => peer === "bob");
  assert.equal(row()?.lastStatus, "read");
  const again = await alice.reload();
  const { messages } = await again.open("bob");
  assert.deepEqual(messages.map(({ status }) => status), ["read", "read"]);
});

Deno.test("what is read together is told in one receipt", async () => {
  await using world = await startWorld();
  const { alice, toBob, toAlice } = await acquainted(world);
  for (const text of ["one", "two", "three"]) await toBob.send(text);
  await untilTexts(toAlice, ["one", "two", "three"]);
  await untilStatus(toBob, "delivered");
  for (const { key } of toAlice.messages) await toAlice.markRead(key);
  assert.equal(toAlice.conversation.unread, 0);
  await untilStatus(toBob, "read");
  assert.equal(await countReceipts(world, alice.person), 1);
});

Deno.test("only what was seen is told", async () => {
  await using world = await startWorld();
  const { toBob, toAlice } = await acquainted(world);
  for (const text of ["one", "two", "three"]) await toBob.send(text);
  const [one] = await untilTexts(toAlice, ["one", "two", "three"]);
  await untilStatus(toBob, "delivered");
  await toAlice.markRead(one!.key);
  assert.equal(toAlice.conversation.unread, 2);
  await untilStatuses(toBob, ["read", "delivered", "delivered"]);
});

Deno.test("a receipt that waits at the end of a session is told in the next", async () => {
  await using world = await startWorld();
  const { bob, toBob, toAlice } = await acquainted(world);
  await toBob.send("one");
  await untilTexts(toAlice, ["one"]);
  await toAlice.markRead();
  await bob.reload();
  await untilStatus(toBob, "read");
});

Deno.test("with receipts off nothing is told, also not of what was read before they came on again", async () => {
  await using world = await startWorld();
  const { bob, toBob, toAlice } = await acquainted(world);
  await bob.chats.changePreferences({ readReceipts: false });
  await toBob.send("one");
  await untilTexts(toAlice, ["one"]);
  await toAlice.markRead();
  await bob.chats.changePreferences({ readReceipts: true });
  await toBob.send("two");
  await untilTexts(toAlice, ["one", "two"]);
  await toAlice.markRead();
  await untilStatuses(toBob, ["delivered", "read"]);
});

Deno.test("a request that was read tells it once it is accepted, not before", async () => {
  await using world = await startWorld();
  const bob = await world.device(world.person("bob"));
  const alice = await world.device(world.person("alice"));
  const toBob = await alice.open(await alice.chats.startChat("bob"));
  await toBob.send("let me in");
  await bob.until("a request", ({ conversations }) => conversations[1]?.state === "request");
  const request = await bob.open(alice.person.primary);
  await request.markRead();
  assert.equal(request.conversation.unread, 0);
  assert.equal(await countReceipts(world, alice.person), 0);
  await bob.chats.accept(alice.person.primary);
  await untilStatus(toBob, "read");
});

Deno.test("receipts by others, of messages to others, and of ids that nobody knows change nothing", async () => {
  await using world = await startWorld();
  const { alice, bob, toBob, toAlice } = await acquainted(world);
  const carol = await world.device(world.person("carol"));
  const toCarol = await alice.open(await alice.chats.startChat("carol"));
  const fromCarol = await carol.open(await carol.chats.startChat("alice"));
  await toBob.send("for bob");
  await untilTexts(toAlice, ["for bob"]);
  await untilStatus(toBob, "delivered");
  const { id } = toBob.messages[0]!;
  const to = alice.person;
  await tellRead(world, { from: carol.person, to, targets: [id, READ_A] });
  await tellRead(world, { from: world.person("eve"), to, targets: [id] });
  await tellRead(world, { from: bob.person, to, targets: Array(900).fill(READ_A) });
  await fromCarol.send("after");
  await untilTexts(toCarol, ["after"]);
  await toAlice.send("after");
  await untilTexts(toBob, ["for bob", "after"]);
  assert.equal(toBob.messages[0]?.status, "delivered");
});

Deno.test("a receipt before the ack, and one before any relay's answer, end as read", async () => {
  await using world = await startWorld();
  const { alice, bob, toBob } = await acquainted(world);
  await bob[Symbol.asyncDispose]();
  await toBob.send("one");
  await untilStatus(toBob, "sent");
  await tellRead(world, { from: bob.person, to: alice.person, targets: [toBob.messages[0]!.id] });
  await untilStatus(toBob, "read");
  // The ack comes after it, and changes nothing.
  const again = await world.device(bob.person, { databaseName: bob.databaseName });
  await untilTexts(await again.open("alice"), ["one"]);
  await (await again.open("alice")).send("seen");
  await untilTexts(toBob, ["one", "seen"]);
  assert.equal(toBob.messages[0]?.status, "read");
});

Deno.test("another own device shows Read as well, also where the receipt comes before the copy", async () => {
  await using world = await startWorld();
  const { alice, toBob, toAlice } = await acquainted(world);
  const second = await world.device(alice.person);
  await toBob.send("one");
  await untilTexts(toAlice, ["one"]);
  await toAlice.markRead();
  await untilStatus(toBob, "read");
  await second.until("bob", ({ conversations }) => conversations.some((c) => c.peer === "bob"));
  const onSecond = await second.open("bob");
  await untilStatus(onSecond, "read");
});
