import assert from "node:assert/strict";
import type { LiveThread } from "../../../../client/chats/thread/thread.ts";
import { verifyEd25519 } from "../../../../protocol/ed25519.ts";
import { openMail } from "../../../../protocol/mail.ts";
import { KIND, type NostrEvent, tagValue } from "../../../../protocol/nostr_event.ts";
import { UserError } from "../../../../client/user_error.ts";
import { type FaultyRelay, startFaultyRelay } from "../../../support/faulty_relay/faulty_relay.ts";
import { createRandom } from "../../../support/random.ts";
import { within } from "../../../support/within.ts";
import { craftMessage, seal } from "./hostile.ts";
import { createPerson, type Device, HOME, openDevice, type Person, untilChange } from "./world.ts";

const DAY_MS = 86_400_000;
const HOLIDAY_DAYS = 20;
const BEGUN_MS = Date.now() - (HOLIDAY_DAYS + 1) * DAY_MS;
/** Relays cut their answers at different lengths. */
const PAGE_LIMITS = [500, 60, 25];

/** A device whose home is the first of several relays, and which has already chatted with somebody. */
async function openReader(
  reader: Person,
  { friend, relays, ...options }: {
    friend: Person;
    relays: FaultyRelay[];
    nowMs: () => number;
    databaseName?: string;
  },
): Promise<Device> {
  const { primary, addr, handle } = friend;
  const urls = relays.map(({ url }) => url);
  const contact = {
    primary,
    addr,
    handle,
    server: HOME,
    fqhn: `${handle}@${HOME}`,
    nostr: null,
    sigchainUrl: null,
  };
  const device = await openDevice(reader, {
    ...options,
    homeRelay: urls[0]!,
    defaultRelays: () => Promise.resolve(urls),
    directory: {
      resolve: (input) =>
        input === handle
          ? Promise.resolve({ ...contact, relays: urls })
          : Promise.reject(new UserError("unknown_handle")),
      lookUpPrimary: () => Promise.resolve({ ...contact, relays: urls }),
    },
    devices: new Set(),
  });
  await device.chats.startChat(handle);
  return device;
}

/** Waits until so many relays are read to their end. */
function untilRead(device: Device, count: number): Promise<void> {
  const isRead = () =>
    device.chats.connection.relays.filter(({ state }) => state === "connected").length >= count;
  return untilChange(device.chats, { what: `${count} relays that are read`, isSo: isRead });
}

/** The message that an event is an ack of; null where it is none. */
async function ackedBy(event: NostrEvent, { secrets, addr }: Person): Promise<string | null> {
  if (event.kind !== KIND.quiet || tagValue(event, "q") !== addr) return null;
  const { identitySecret } = secrets;
  const mail = await openMail(event, { identitySecret, nowMs: Date.now(), verifyEd25519 });
  return mail.type === "ack" ? mail.ack.payload.message_id : null;
}

/** The texts of a whole conversation: a thread holds a piece at a time, and no message twice. */
async function allTexts(thread: LiveThread): Promise<string[]> {
  const texts = new Map<string, string>();
  const read = () => {
    const keys = new Set(thread.messages.map(({ key }) => key));
    assert.equal(keys.size, thread.messages.length);
    for (const { key, text } of thread.messages) texts.set(key, text);
  };
  read();
  while (thread.hasOlder) {
    await thread.loadOlder();
    read();
  }
  return [...texts.values()];
}

Deno.test("who was away for 20 days gets everything once, over relays read to different days", async () => {
  const random = createRandom(20);
  const [alice, bob] = [createPerson("alice"), createPerson("bob")];
  /** The events that ack a message, for each message. */
  const acked = new Map<string, Set<string>>();
  let onAck = () => {};
  const onReceived = async (event: NostrEvent) => {
    const messageId = await ackedBy(event, alice);
    if (messageId === null) return;
    const events = acked.get(messageId) ?? new Set<string>();
    events.add(event.id);
    acked.set(messageId, events);
    onAck();
  };
  const relays = await Promise.all(
    PAGE_LIMITS.map((maxLimit) => startFaultyRelay({ maxLimit, onReceived })),
  );
  await using cleanUp = new AsyncDisposableStack();
  relays.forEach((relay) => cleanUp.use(relay));
  let nowMs = BEGUN_MS;

  // The last day at home: one relay is away, so that the cursors differ.
  await relays[2]!.die();
  let device = await openReader(bob, { friend: alice, relays, nowMs: () => nowMs });
  await untilRead(device, 2);
  await relays[2]!.revive();
  await device[Symbol.asyncDispose]();
  const { databaseName } = device;

  async function leave(
    { text, atMs, at }: { text: string; atMs: number; at: readonly FaultyRelay[] },
  ): Promise<NostrEvent> {
    const message = craftMessage(alice, { to: bob, text, sentAtMs: atMs });
    const event = await seal(message, { reader: bob, createdAtS: Math.floor(atMs / 1000) });
    at.forEach((relay) => relay.plant(event));
    return event;
  }
  const texts = new Set<string>();
  const [read, alsoRead, unread] = relays as [FaultyRelay, FaultyRelay, FaultyRelay];
  // Each message is somewhere, and many are at several relays.
  const places = [[read], [alsoRead], [read, alsoRead], [alsoRead, unread], relays];
  for (let i = 0; i < 200; i++) {
    const text = `message ${i}`;
    texts.add(text);
    const atMs = BEGUN_MS + random.int(HOLIDAY_DAYS * DAY_MS);
    await leave({ text, atMs, at: random.pick(places) });
  }
  // As many in one second as fit on a page; what is older stands behind them.
  for (const [limit, at] of [[60, alsoRead], [25, unread]] as const) {
    const atMs = BEGUN_MS + (HOLIDAY_DAYS - 0.5) * DAY_MS + limit * 1000;
    for (let i = 0; i < limit; i++) {
      const text = `at once ${limit} ${i}`;
      texts.add(text);
      await leave({ text, atMs, at: [at] });
    }
    const text = `before ${limit}`;
    texts.add(text);
    await leave({ text, atMs: atMs - 3_000, at: [at] });
  }

  nowMs = BEGUN_MS + HOLIDAY_DAYS * DAY_MS;
  device = await openReader(bob, { friend: alice, relays, databaseName, nowMs: () => nowMs });
  cleanUp.use(device);
  await untilRead(device, 3);
  const thread = await device.open("alice");
  const shown = await allTexts(thread);
  assert.deepEqual([...texts].filter((text) => !shown.includes(text)), []);
  assert.equal(shown.length, texts.size);
  assert.equal(
    device.chats.conversations.find(({ title }) => title === "alice")?.unread,
    texts.size,
  );
  assert.deepEqual(device.faults, []);
  const allAcked = new Promise<void>((resolve) => {
    onAck = () => acked.size >= texts.size && resolve();
    onAck();
  });
  await within(allAcked, { what: "ack of each message", maxMs: 60_000 });
  assert.deepEqual(thread.messages.filter(({ id }) => !acked.has(id)), []);
  assert.deepEqual([...acked.values()].filter((events) => events.size > 1), []);
});
