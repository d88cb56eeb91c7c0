import assert from "node:assert/strict";
import { KIND } from "../../../../protocol/nostr_event.ts";
import { openMail } from "../../../../protocol/mail.ts";
import { verifyEd25519 } from "../../../../protocol/ed25519.ts";
import { acksFor, craftAck, craftMessage, mailFor, publish, seal } from "./hostile.ts";
import { connectClient } from "../../../relay/support/test_client.ts";
import { sealEnvelope } from "../../../../protocol/envelope.ts";
import { signEvent } from "../../../../protocol/nostr_event.ts";
import {
  acquainted,
  type Device,
  type Person,
  startWorld,
  untilStatus,
  untilTexts,
  type World,
} from "./world.ts";
import { randomBytes } from "../../../support/random_bytes.ts";

/** Everything that was published before has been dealt with once this returns. */
async function barrier(world: World, device: Device): Promise<void> {
  const somebody = world.person(`marker-${crypto.randomUUID().slice(0, 8)}`);
  const message = craftMessage(somebody, { to: device.person, text: "marker" });
  await publish(world, await seal(message, { reader: device.person }));
  await device.until(
    "the marker",
    ({ conversations }) => conversations.some(({ primary }) => primary === somebody.primary),
  );
}

Deno.test("only the peer's own ack, for the right event and message, says Delivered", async () => {
  await using world = await startWorld();
  const alice = await world.device(world.person("alice"));
  const bob = world.person("bob");
  const mallory = world.person("mallory");
  const thread = await alice.open(await alice.chats.startChat("bob"));
  await thread.send("first");
  await untilStatus(thread, "sent");
  await thread.send("second");
  await untilStatus(thread, "sent");
  const [first, second] = thread.messages.map(({ id }) => id);
  const events = await mailFor(world, bob);
  const idOf = async (messageId: string) => {
    for (const event of events) {
      const { identitySecret } = bob.secrets;
      const mail = await openMail(event, { identitySecret, nowMs: Date.now(), verifyEd25519 });
      if (mail.type === "message" && mail.message.payload.id === messageId) return event.id;
    }
    throw new Error("The message is not on the relay.");
  };
  const firstEvent = await idOf(first!);
  const secondEvent = await idOf(second!);
  const reader = alice.person;
  const forged = [
    craftAck(mallory, { to: reader, eventId: firstEvent, messageId: first! }),
    craftAck(bob, { to: reader, eventId: firstEvent, messageId: second! }),
    craftAck(bob, { to: reader, eventId: "ab".repeat(32), messageId: first! }),
    craftAck(reader, { to: reader, eventId: firstEvent, messageId: first! }),
  ];
  const honest = craftAck(bob, { to: reader, eventId: firstEvent, messageId: first! });
  const tampered = structuredClone(honest);
  tampered.payload.event_id = secondEvent;
  for (const ack of [...forged, tampered]) {
    await publish(world, await seal(ack, { reader, kind: KIND.quiet }));
  }
  await barrier(world, alice);
  assert.deepEqual(thread.messages.map(({ status }) => status), ["sent", "sent"]);
  assert.deepEqual(alice.chats.dropped, { forged_ack: 4, bad_signature: 1 });

  await publish(world, await seal(honest, { reader, kind: KIND.quiet }));
  await barrier(world, alice);
  assert.deepEqual(thread.messages.map(({ status }) => status), ["delivered", "sent"]);
});

Deno.test("a peer's retry with the same document is shown once, and acked for each event", async () => {
  await using world = await startWorld();
  const bob = await world.device(world.person("bob"));
  const alice = world.person("alice");
  await bob.chats.startChat("alice");
  const message = craftMessage(alice, { to: bob.person, text: "again and again" });
  const events = [];
  for (let i = 0; i < 3; i++) {
    const event = await seal(message, { reader: bob.person });
    events.push(event.id);
    await publish(world, event);
    await barrier(world, bob);
  }
  const thread = await bob.open("alice");
  assert.deepEqual(thread.messages.map(({ text }) => text), ["again and again"]);
  assert.equal(thread.conversation.unread, 1);
  await using reader = await connectClient(world.relayUrl);
  await reader.auth(alice.secrets.nostrSecret);
  const stored = await reader.subscribe("acks", { "#q": [alice.addr], kinds: [KIND.quiet] });
  for (let live = stored.length; live < 3; live++) await reader.live("acks");
  const acks = await acksFor(world, alice);
  assert.deepEqual(acks.map(({ eventId }) => eventId).sort(), events.sort());
});

Deno.test("another document under a known id is dropped and not acked", async () => {
  await using world = await startWorld();
  const { alice, bob, toBob, toAlice } = await acquainted(world);
  await toBob.send("the true one");
  await untilTexts(toAlice, ["the true one"]);
  await untilStatus(toBob, "delivered");
  const { id } = toBob.messages[0]!;
  const acksBefore = (await acksFor(world, alice.person)).length;
  const other = craftMessage(alice.person, { to: bob.person, id, text: "another one" });
  await publish(world, await seal(other, { reader: bob.person }));
  await barrier(world, bob);
  assert.deepEqual(toAlice.messages.map(({ text }) => text), ["the true one"]);
  assert.deepEqual(bob.chats.dropped, { replay: 1 });
  assert.equal((await acksFor(world, alice.person)).length, acksBefore);
});

Deno.test("somebody else's copy of a message is no second message, and another sender may use its id", async () => {
  await using world = await startWorld();
  const { alice, bob, toBob, toAlice } = await acquainted(world);
  await toBob.send("hello");
  await untilTexts(toAlice, ["hello"]);
  const mallory = world.person("mallory");
  const { id } = toBob.messages[0]!;
  const same = craftMessage(mallory, { to: bob.person, id, text: "mine" });
  await publish(world, await seal(same, { reader: bob.person }));
  await bob.until(
    "a request",
    ({ conversations }) => conversations.some(({ primary }) => primary === mallory.primary),
  );
  await barrier(world, bob);
  assert.deepEqual(toAlice.messages.map(({ text }) => text), ["hello"]);
  assert.deepEqual(alice.chats.dropped, {});
});

Deno.test("mail that does not open, or acts on messages, is counted and shows nothing", async () => {
  await using world = await startWorld();
  const { alice, bob, toAlice } = await acquainted(world);
  const reader = bob.person;
  // From here on each event is read once, as it comes.
  await bob.until("connected", ({ connection }) => connection.state === "connected");
  const carol = world.person("carol");
  const sealedTo = async (recipient: Person) => {
    const document = craftMessage(alice.person, { to: recipient, text: "astray" });
    const content = await sealEnvelope(document, {
      recipient: recipient.primary,
      random: randomBytes(32),
    });
    const tags = [["q", reader.addr]];
    const template = {
      kind: KIND.message,
      created_at: Math.floor(Date.now() / 1000),
      tags,
      content,
    };
    return signEvent(template, { nostrSecret: randomBytes(32), random: randomBytes(32) });
  };
  const reaction = { kind: "reaction", target: "ab".repeat(16), emoji: "👍" };
  const dayMs = 24 * 60 * 60 * 1000;
  const old = craftMessage(alice.person, { to: reader, sentAtMs: Date.now() - 31 * dayMs });
  const ahead = craftMessage(alice.person, { to: reader, sentAtMs: Date.now() + 2 * dayMs });
  await publish(
    world,
    await sealedTo(carol),
    await seal(craftMessage(alice.person, { to: carol }), { reader }),
    await seal(craftMessage(alice.person, { to: reader, body: reaction }), { reader }),
    await seal(craftMessage(alice.person, { to: reader }), { reader, kind: KIND.quiet }),
    await seal(old, { reader }),
    await seal(ahead, { reader }),
  );
  await barrier(world, bob);
  assert.deepEqual(toAlice.messages, []);
  assert.deepEqual(bob.chats.dropped, {
    undecryptable: 1,
    wrong_recipient: 1,
    quiet_kind: 2,
    stale: 1,
    from_future: 1,
  });
  const again = await bob.reload();
  await again.until("connected", ({ connection }) => connection.state === "connected");
  // What a right clock may open comes again; everything else was dealt with.
  assert.deepEqual(Object.keys(again.chats.dropped), ["from_future"]);
});

Deno.test("a message of a later kind is kept and shown by its fallback, and not acked", async () => {
  await using world = await startWorld();
  const { alice, bob, toAlice } = await acquainted(world);
  const reader = bob.person;
  const poll = { kind: "poll", fallback: "A poll: tea or coffee", options: ["tea", "coffee"] };
  await publish(
    world,
    await seal(craftMessage(alice.person, { to: reader, body: poll }), { reader }),
    await seal(craftMessage(alice.person, { to: reader, body: { kind: "later" } }), { reader }),
  );
  await barrier(world, bob);
  assert.deepEqual(toAlice.messages.map(({ kind, text, fallback }) => [kind, text, fallback]), [
    ["unsupported", "", "A poll: tea or coffee"],
    ["unsupported", "", null],
  ]);
  assert.deepEqual(await acksFor(world, alice.person), []);
});
