import assert from "node:assert/strict";
import { acksFor, craftMessage, mailFor, publish, seal } from "./hostile.ts";
import { startWorld, untilStatus, untilStatuses, untilTexts } from "./world.ts";

Deno.test("a stranger's message is a request: they learn nothing until it is accepted", async () => {
  await using world = await startWorld();
  const alice = await world.device(world.person("alice"));
  const bob = await world.device(world.person("bob"));
  const toBob = await alice.open(await alice.chats.startChat("bob"));
  await toBob.send("hello");
  await toBob.send("it is me");
  await bob.until("a request by name", ({ conversations }) => conversations[1]?.peer === "alice");
  const request = bob.chats.conversations[1]!;
  assert.equal(request.state, "request");
  const thread = await bob.open("alice");
  await untilTexts(thread, ["hello", "it is me"]);
  await untilStatus(toBob, "sent");
  assert.deepEqual(await acksFor(world, alice.person), []);

  await bob.chats.accept("alice");
  await untilStatuses(toBob, ["delivered", "delivered"]);
  assert.equal(thread.conversation.state, "accepted");
  await thread.send("come in");
  await untilTexts(toBob, ["hello", "it is me", "come in"]);
});

Deno.test("answering a request accepts it", async () => {
  await using world = await startWorld();
  const alice = await world.device(world.person("alice"));
  const bob = await world.device(world.person("bob"));
  const toBob = await alice.open(await alice.chats.startChat("bob"));
  await toBob.send("hello");
  await bob.until("a request", ({ conversations }) => conversations[1]?.peer === "alice");
  const thread = await bob.open("alice");
  await thread.send("hello yourself");
  await untilStatus(toBob, "delivered");
  assert.equal(thread.conversation.state, "accepted");
});

Deno.test("no host that a stranger names is asked before Accept, and a claimed handle is not shown", async () => {
  await using world = await startWorld();
  const bob = await world.device(world.person("bob"));
  const eve = world.person("eve", { server: "evil.test" });
  const other = world.person("mallory");
  const claiming = craftMessage(other, { to: bob.person, fromHandle: "bob@kez.test", text: "x" });
  await publish(
    world,
    await seal(craftMessage(eve, { to: bob.person, text: "click" }), { reader: bob.person }),
    await seal(claiming, { reader: bob.person }),
  );
  await bob.until("two requests", ({ conversations }) => conversations.length === 3);
  for (const person of [eve, other]) {
    const request = bob.chats.conversations.find(({ primary }) => primary === person.primary);
    assert.equal(request?.peer, person.primary);
    assert.match(request?.title ?? "", /^[0-9a-f]{8}…[0-9a-f]{4}$/);
  }
  assert.ok(!world.asked.some((input) => input.includes("evil.test")));
  await bob.chats.accept(eve.primary);
  await bob.until(
    "eve by name",
    ({ conversations }) => conversations.some(({ peer }) => peer === "eve@evil.test"),
  );
  assert.deepEqual(world.asked.filter((input) => input.includes("evil")), ["eve@evil.test"]);
});

Deno.test("a handle that a contact claims in the reader's own house is not asked there", async () => {
  await using world = await startWorld();
  const bob = await world.device(world.person("bob"));
  const servers = ["192.168.1.1", "router.local:8443", "localhost:1234", "[fd00::1]"];
  for (const server of servers) {
    const eve = world.person("eve", { server });
    const knocking = craftMessage(eve, { to: bob.person, fromHandle: `eve@${server}`, text: "hi" });
    await publish(world, await seal(knocking, { reader: bob.person }));
    const isHere = ({ primary }: { primary: string }) => primary === eve.primary;
    await bob.until("a request", ({ conversations }) => conversations.some(isHere));
    await bob.chats.accept(eve.primary);
    const { state, peer } = bob.chats.conversations.find(isHere)!;
    assert.deepEqual([state, peer], ["accepted", eve.primary]);
  }
  const far = world.person("far", { server: "far.test" });
  const greeting = craftMessage(far, { to: bob.person, fromHandle: "far@far.test", text: "hi" });
  await publish(world, await seal(greeting, { reader: bob.person }));
  await bob.until(
    "far",
    ({ conversations }) => conversations.some(({ primary }) => primary === far.primary),
  );
  await bob.chats.accept(far.primary);
  await bob.until(
    "far by name",
    ({ conversations }) => conversations.some(({ peer }) => peer === "far@far.test"),
  );
  assert.deepEqual(world.asked.filter((input) => input.includes("@")), ["far@far.test"]);
});

Deno.test("a blocked sender is not heard and gets nothing, ever", async () => {
  await using world = await startWorld();
  const bob = await world.device(world.person("bob"));
  const eve = world.person("eve");
  const carol = world.person("carol");
  const send = async (text: string) =>
    await publish(
      world,
      await seal(craftMessage(eve, { to: bob.person, text }), { reader: bob.person }),
    );
  await send("one");
  await bob.until("a request", ({ conversations }) => conversations[1]?.peer === "eve");
  await bob.chats.block("eve");
  assert.equal(bob.chats.conversations.length, 1);
  await send("two");
  const marker = craftMessage(carol, { to: bob.person });
  await publish(world, await seal(marker, { reader: bob.person }));
  await bob.until("carol", ({ conversations }) => conversations[1]?.peer === "carol");
  assert.equal(bob.chats.conversations.length, 2);
  assert.equal((await bob.open(eve.primary)).messages.length, 1);
  const again = await bob.reload();
  assert.ok(!again.chats.conversations.some(({ peer }) => peer === "eve"));
  assert.deepEqual(await mailFor(world, eve), []);
});

Deno.test("a deleted request is gone with its messages, and the same mail does not bring it back", async () => {
  await using world = await startWorld();
  const bob = await world.device(world.person("bob"));
  const eve = world.person("eve");
  const message = craftMessage(eve, { to: bob.person, text: "buy" });
  await publish(world, await seal(message, { reader: bob.person }));
  await bob.until("a request", ({ conversations }) => conversations[1]?.peer === "eve");
  await bob.chats.deleteConversation("eve");
  assert.equal(bob.chats.conversations.length, 1);
  const news = craftMessage(eve, { to: bob.person, text: "buy now" });
  await publish(
    world,
    await seal(message, { reader: bob.person }),
    await seal(news, { reader: bob.person }),
  );
  await bob.until("another request", ({ conversations }) => conversations[1]?.peer === "eve");
  const thread = await bob.open("eve");
  assert.deepEqual(thread.messages.map(({ text }) => text), ["buy now"]);
});

Deno.test("a request holds at most a hundred messages and 256 KiB; the oldest go", async () => {
  await using world = await startWorld();
  const bob = await world.device(world.person("bob"));
  const eve = world.person("eve");
  const send = async (text: string) =>
    await publish(
      world,
      await seal(craftMessage(eve, { to: bob.person, text }), { reader: bob.person }),
    );
  for (let i = 0; i < 103; i++) await send(`${i}`);
  await bob.until("the last", ({ conversations }) => conversations[1]?.preview === "102");
  const thread = await bob.open("eve");
  await thread.loadOlder();
  assert.deepEqual(
    thread.messages.map(({ text }) => text),
    Array.from({ length: 100 }, (_, i) => `${i + 3}`),
  );
  for (let i = 0; i < 9; i++) await send(`${i}${"x".repeat(30_000)}`);
  await bob.until("the large", ({ conversations }) => conversations[1]?.preview[0] === "8");
  assert.equal(thread.messages.length, 8);
});

Deno.test("a handle that a request had, and somebody else has now, is theirs", async () => {
  await using world = await startWorld();
  const bob = await world.device(world.person("bob"));
  const first = world.person("sam");
  await publish(
    world,
    await seal(craftMessage(first, { to: bob.person, text: "1" }), { reader: bob.person }),
  );
  await bob.until("sam", ({ conversations }) => conversations[1]?.peer === "sam");
  const second = world.person("sam");
  await publish(
    world,
    await seal(craftMessage(second, { to: bob.person, text: "2" }), { reader: bob.person }),
  );
  await bob.until(
    "the other sam",
    ({ conversations }) =>
      conversations.some(({ peer, primary }) => peer === "sam" && primary === second.primary),
  );
  const before = bob.chats.conversations.find(({ primary }) => primary === first.primary);
  assert.equal(before?.peer, first.primary);
});
