import assert from "node:assert/strict";
import type { MessageRecord } from "../../../../client/storage/chat_records.ts";
import { MESSAGE_DEFAULTS } from "../../../../client/storage/record_defaults.ts";
import { emptyConversation } from "../../../../client/chats/conversation/conversation_changes.ts";
import {
  type EarlyDeliveries,
  withDelivery,
  withEarly,
} from "../../../../client/chats/incoming/early_deliveries.ts";
import {
  parseToldEvents,
  untoldEventsOf,
  withUntoldEvents,
} from "../../../../client/chats/outgoing/sent_events.ts";
import { bytesToHex } from "../../../../protocol/bytes.ts";
import { verifyEd25519 } from "../../../../protocol/ed25519.ts";
import { openMail } from "../../../../protocol/mail.ts";
import { KIND } from "../../../../protocol/nostr_event.ts";
import { connectClient } from "../../../relay/support/test_client.ts";
import { craftAck, craftMessage, publish, seal } from "./hostile.ts";
import {
  createPerson,
  type Person,
  startWorld,
  untilChange,
  untilStatus,
  untilTexts,
  type World,
} from "./world.ts";
import { randomBytes } from "../../../support/random_bytes.ts";

const bob = createPerson("bob");
const hex = (bytes: number) => bytesToHex(randomBytes(bytes));
const fresh = () => emptyConversation({ primary: bob.primary, state: "accepted", nowMs: 0 });

function copyOf(id: string): MessageRecord {
  const body = { kind: "text", text: "hello" };
  const from = createPerson("alice").primary;
  const sent = { status: "sent" as const, failure: null, eventIds: [], digest: "", bytes: 1 };
  return { ...MESSAGE_DEFAULTS, ...sent, id, from, peer: bob.primary, body, atMs: 0, arrival: 1 };
}

/** Devices tell each other little at a time: at most every 10 seconds. */
function sooner(callback: () => void, delayMs: number): () => void {
  const timer = setTimeout(callback, delayMs / 4);
  return () => clearTimeout(timer);
}

/** Waits until a device of Alice has told of the events of a message. */
async function untilTold(
  world: World,
  { alice, id }: { alice: Person; id: string },
): Promise<void> {
  const { identitySecret, nostrSecret } = alice.secrets;
  await using client = await connectClient(world.relayUrl);
  await client.auth(nostrSecret);
  const filter = { kinds: [KIND.quiet], "#q": [alice.addr] };
  const waiting = await client.subscribe("told", filter);
  for (;;) {
    const event = waiting.shift() ?? await client.live("told");
    const mail = await openMail(event, { identitySecret, nowMs: Date.now(), verifyEd25519 });
    const body = mail.type === "message" ? mail.message.payload.body : null;
    if (body?.kind !== "sync") continue;
    if (parseToldEvents((body as { state?: unknown }).state).some((each) => each.id === id)) return;
  }
}

Deno.test("another own device shows Delivered, also when the one that sent is gone before the ack comes", async () => {
  await using world = await startWorld();
  const alice = await world.device(world.person("alice"), { environment: { setTimer: sooner } });
  const bob = await world.device(world.person("bob"));
  const toBob = await alice.open(await alice.chats.startChat("bob"));
  const toAlice = await bob.open(await bob.chats.startChat("alice"));
  const second = await world.device(alice.person);
  await toBob.send("one");
  await untilTexts(toAlice, ["one"]);
  await second.until("bob", ({ conversations }) => conversations.some((c) => c.peer === "bob"));
  const onSecond = await second.open("bob");
  await untilStatus(onSecond, "delivered");
  const { databaseName, person } = bob;
  await bob[Symbol.asyncDispose]();
  await toBob.send("two");
  await untilTexts(onSecond, ["one", "two"]);
  // A session that ends before it has told tells in the next one.
  const again = await alice.reload();
  await untilTold(world, { alice: alice.person, id: toBob.messages.at(-1)!.id });
  await again[Symbol.asyncDispose]();
  assert.equal(onSecond.messages.at(-1)?.status, "sent");
  const back = await world.device(person, { databaseName });
  await untilTexts(await back.open("alice"), ["one", "two"]);
  await untilStatus(onSecond, "delivered");
  assert.deepEqual(second.chats.dropped, {});
});

Deno.test("in whatever order copy, events and ack come to another device, it ends as delivered", async () => {
  await using world = await startWorld();
  const peer = world.person("bob");
  const orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
  for (const [index, order] of orders.entries()) {
    const alice = world.person(`alice-${index}`);
    const device = await world.device(alice);
    const thread = await device.open(await device.chats.startChat("bob"));
    const message = craftMessage(alice, { to: peer });
    const { id } = message.payload;
    const eventIds = [hex(32), hex(32)];
    const sent = eventIds.map((event_id) => ({ to: peer.primary, id, event_id }));
    const sync = craftMessage(alice, { to: alice, body: { kind: "sync", state: { sent } } });
    const ack = craftAck(peer, { to: alice, eventId: eventIds[1]!, messageId: id });
    const documents = [message, sync, ack];
    for (const at of [...order, ...order]) {
      await publish(world, await seal(documents[at]!, { reader: alice, kind: KIND.quiet }));
    }
    await untilStatus(thread, "delivered");
    const row = device.chats.conversations.find((each) => each.peer === "bob");
    assert.equal(row?.lastStatus, "delivered", `order ${order}`);
    assert.deepEqual(device.chats.dropped, {}, `order ${order}`);
  }
});

Deno.test("of a message from another device only the peer's ack of one of its events says Delivered", async () => {
  await using world = await startWorld();
  const alice = world.person("alice");
  const bob = world.person("bob");
  const mallory = world.person("mallory");
  const device = await world.device(alice);
  const thread = await device.open(await device.chats.startChat("bob"));
  await device.chats.startChat("mallory");
  const message = craftMessage(alice, { to: bob });
  const messageId = message.payload.id;
  const [real, forged] = [hex(32), hex(32)];
  const sentOf = (to: string, event_id: string) => ({
    kind: "sync",
    state: { sent: [{ to, id: messageId, event_id }] },
  });
  const documents = [
    message,
    craftAck(bob, { to: alice, eventId: forged, messageId }),
    craftAck(mallory, { to: alice, eventId: real, messageId }),
    // Events are told by the own devices alone, and of the message's reader.
    craftMessage(bob, { to: alice, body: sentOf(bob.primary, forged) }),
    craftMessage(alice, { to: bob, body: sentOf(bob.primary, forged) }),
    craftMessage(alice, { to: alice, body: sentOf(mallory.primary, real) }),
    craftMessage(alice, { to: alice, body: sentOf(bob.primary, real) }),
  ];
  for (const document of documents) {
    await publish(world, await seal(document, { reader: alice, kind: KIND.quiet }));
  }
  const after = craftMessage(bob, { to: alice, text: "after" });
  await publish(world, await seal(after, { reader: alice }));
  await untilTexts(thread, ["hello", "after"]);
  assert.equal(thread.messages[0]?.status, "sent");
  const honest = craftAck(bob, { to: alice, eventId: real, messageId });
  await publish(world, await seal(honest, { reader: alice, kind: KIND.quiet }));
  await untilChange(thread, {
    what: "delivered",
    isSo: () => thread.messages[0]?.status === "delivered",
  });
});

Deno.test("what waits for another device is bounded, and the newest of it is kept", () => {
  const id = hex(16);
  const to = bob.primary;
  const events = Array.from({ length: 1_500 }, () => ({ to, id, event_id: hex(32) }));
  const early = events.reduce<EarlyDeliveries>(
    (before, event) => withEarly(before, { acks: [event, event], events: [event] }),
    { acks: [], events: [] },
  );
  assert.deepEqual(early, { acks: events.slice(-600), events: events.slice(-600) });
  const after = withDelivery(copyOf(id), { early, nowMs: 1 });
  assert.deepEqual([after.message.status, after.message.eventIds.length], ["delivered", 200]);
  assert.deepEqual(after.early, { acks: [], events: [] });
  const eventIds = events.map(({ event_id }) => event_id);
  const untold = withUntoldEvents(fresh(), { id, eventIds });
  assert.deepEqual(
    untold.untoldEvents.map(({ eventId }) => eventId),
    eventIds.slice(-1_000),
  );
  assert.deepEqual(withUntoldEvents(untold, { id, eventIds }), untold);
});

Deno.test("what is told of events is read back, and anything else is left out", () => {
  const id = hex(16);
  const told = untoldEventsOf(withUntoldEvents(fresh(), { id, eventIds: [hex(32), hex(32)] }));
  const broken = [null, 5, { ...told[0], id: "x" }, { ...told[0], event_id: 7 }, { to: "bob" }];
  assert.deepEqual(parseToldEvents({ sent: [...broken, ...told] }), told);
  assert.equal(parseToldEvents({ sent: Array(5_000).fill(told[0]) }).length, 1_000);
  for (const state of [{}, { sent: 5 }, null, { conversations: [] }]) {
    assert.deepEqual(parseToldEvents(state), []);
  }
});
