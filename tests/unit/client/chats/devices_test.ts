import assert from "node:assert/strict";
import { isUserError } from "../../../../client/user_error.ts";
import { craftMessage, publish, seal } from "./hostile.ts";
import { acquainted, startWorld, untilChange, untilStatus, untilTexts } from "./world.ts";

Deno.test("a second device of the same phrase shows what the first one sends", async () => {
  await using world = await startWorld();
  const { alice, toBob, toAlice } = await acquainted(world);
  const second = await world.device(alice.person);
  await toBob.send("from the first");
  await second.until("bob, by name", ({ conversations }) => conversations[1]?.peer === "bob");
  const onSecond = await second.open("bob");
  await untilTexts(onSecond, ["from the first"]);
  assert.ok(onSecond.messages[0]?.isOwn);
  assert.equal(onSecond.messages[0]?.status, "sent");
  assert.equal(onSecond.conversation.state, "accepted");
  assert.equal(onSecond.conversation.unread, 0);
  await onSecond.send("from the second");
  const all = ["from the first", "from the second"];
  await untilTexts(toBob, all);
  await untilTexts(toAlice, all);
  await untilStatus(onSecond, "delivered");
  await toAlice.send("to both");
  await untilTexts(toBob, [...all, "to both"]);
  await untilTexts(onSecond, [...all, "to both"]);
});

Deno.test("no connection of a device carries mail to two readers, self-copies and acks included", async () => {
  await using world = await startWorld();
  const { alice, bob, toBob, toAlice } = await acquainted(world);
  const second = await world.device(alice.person);
  const carol = world.person("carol");
  const toCarol = await alice.open(await alice.chats.startChat("carol"));
  for (const text of ["one", "two"]) {
    await toBob.send(text);
    await toAlice.send(text);
  }
  await toCarol.send("hello");
  await second.until("carol", ({ conversations }) => conversations.some((c) => c.peer === "carol"));
  await untilTexts(await second.open("bob"), ["one", "one", "two", "two"]);
  await untilStatus(toAlice, "delivered");
  for (const device of [alice, bob, second]) {
    for (const readers of device.readersBySocket) assert.ok(readers.size <= 1);
  }
  const reached = new Set(alice.readersBySocket.flatMap((readers) => [...readers]));
  assert.deepEqual(reached, new Set([alice.person.addr, bob.person.addr, carol.addr]));
});

Deno.test("a request answered on one device is accepted on the other", async () => {
  await using world = await startWorld();
  const bob = await world.device(world.person("bob"));
  const second = await world.device(bob.person);
  const alice = await world.device(world.person("alice"));
  const toBob = await alice.open(await alice.chats.startChat("bob"));
  await toBob.send("hello");
  for (const device of [bob, second]) {
    await device.until("request", ({ conversations }) => conversations[1]?.state === "request");
  }
  const thread = await bob.open(alice.person.primary);
  await thread.send("hi");
  await second.until("accepted", ({ conversations }) => conversations[1]?.state === "accepted");
  assert.equal(second.chats.conversations[1]?.unread, 0);
});

Deno.test("a note to self appears on the other device, once", async () => {
  await using world = await startWorld();
  const first = await world.device(world.person("alice"));
  const second = await world.device(first.person);
  const note = await first.open("alice");
  await note.send("milk");
  const onSecond = await second.open("alice");
  await untilTexts(onSecond, ["milk"]);
  await onSecond.send("and bread");
  await untilTexts(note, ["milk", "and bread"]);
  assert.equal(onSecond.messages.length, 2);
});

Deno.test("a restored device reads all that the relay still holds, beyond one page and in order", async () => {
  await using world = await startWorld();
  const bob = world.person("bob");
  const alice = world.person("alice");
  const dayMs = 24 * 60 * 60 * 1000;
  const mail = [];
  for (let i = 0; i < 520; i++) {
    const sentAtMs = Date.now() - 25 * dayMs + i * 1000;
    const message = craftMessage(alice, { to: bob, text: `${i}`, sentAtMs });
    mail.push(await seal(message, { reader: bob, createdAtS: Math.floor(sentAtMs / 1000) }));
  }
  await publish(world, ...mail);
  const fresh = await world.device(bob);
  await fresh.until("connected", ({ connection }) => connection.state === "connected");
  assert.equal(fresh.chats.conversations.length, 1);

  const restored = await world.device(bob, { isRestored: true });
  await restored.until("connected", ({ connection }) => connection.state === "connected");
  const thread = await restored.open("alice");
  // A stranger's mail is a request, which holds the newest hundred.
  await thread.loadOlder();
  assert.deepEqual(
    thread.messages.map(({ text }) => Number(text)),
    Array.from({ length: 100 }, (_, i) => 420 + i),
  );
  assert.equal(restored.chats.conversations[1]?.preview, "519");
});

Deno.test("what comes while the app is closed is there at the next start", async () => {
  await using world = await startWorld();
  const { bob, toBob, toAlice } = await acquainted(world);
  await toBob.send("one");
  await untilTexts(toAlice, ["one"]);
  await untilStatus(toBob, "delivered");
  const { databaseName, person } = bob;
  await bob[Symbol.asyncDispose]();
  await toBob.send("two");
  await untilStatus(toBob, "sent");
  const again = await world.device(person, { databaseName });
  await untilTexts(await again.open("alice"), ["one", "two"]);
  await untilStatus(toBob, "delivered");
});

Deno.test("a device whose clock is days off is refused in words, and reads all once the clock is right", async () => {
  await using world = await startWorld();
  const eve = world.person("eve");
  let offsetMs = -2 * 24 * 60 * 60 * 1000;
  const bob = await world.device(world.person("bob"), { nowMs: () => Date.now() + offsetMs });
  await bob.until("refused", ({ connection }) => connection.state === "refused");
  assert.ok(bob.chats.connection.relays[0]?.reason);
  const message = craftMessage(eve, { to: bob.person, text: "now" });
  await publish(world, await seal(message, { reader: bob.person }));
  offsetMs = 0;
  bob.chats.retryConnection();
  await bob.until(
    "a request",
    ({ conversations }) =>
      conversations.some(({ primary, preview }) => primary === eve.primary && preview === "now"),
  );
  assert.equal(bob.chats.connection.relays[0]?.reason, null);
});

Deno.test("a device that dies again and again in a backlog ends with every message once, all acked", async () => {
  await using world = await startWorld();
  const { bob, toBob } = await acquainted(world);
  const { databaseName, person } = bob;
  await bob[Symbol.asyncDispose]();
  const texts = Array.from({ length: 40 }, (_, i) => `${i}`);
  for (const text of texts) await toBob.send(text);
  await untilChange(toBob, {
    what: "all sent",
    isSo: () => toBob.messages.every(({ status }) => status === "sent"),
  });
  let device = await world.device(person, { databaseName });
  for (const count of [3, 11, 24]) {
    await device.until(
      `${count} unread`,
      ({ conversations }) => conversations.some(({ unread }) => unread >= count),
    );
    device = await device.crash();
  }
  await untilTexts(await device.open("alice"), texts);
  await untilChange(toBob, {
    what: "all delivered",
    isSo: () => toBob.messages.every(({ status }) => status === "delivered"),
  });
  assert.equal(device.chats.conversations.find(({ peer }) => peer === "alice")?.unread, 40);
});

Deno.test("chats that are stopped at once after a send have it on disk, and take nothing afterwards", async () => {
  await using world = await startWorld();
  const { alice, bob, toBob, toAlice } = await acquainted(world);
  const sending = toBob.send("just before the lock");
  const stopping = alice.chats.stop();
  await sending;
  await stopping;
  await assert.rejects(toBob.send("after the lock"), (e) => isUserError(e, "storage_failed"));
  await toAlice.send("meanwhile");
  await untilStatus(toAlice, "sent");
  const again = await alice.reload();
  const thread = await again.open("bob");
  await untilTexts(thread, ["just before the lock", "meanwhile"]);
  await untilTexts(toAlice, ["just before the lock", "meanwhile"]);
  assert.deepEqual(bob.chats.dropped, {});
});
