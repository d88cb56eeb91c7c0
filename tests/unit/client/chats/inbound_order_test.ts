import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { verifyEd25519 } from "../../../../protocol/ed25519.ts";
import { addrOf } from "../../../../protocol/addr.ts";
import { primaryOf } from "../../../../protocol/identity.ts";
import { KIND, type NostrEvent } from "../../../../protocol/nostr_event.ts";
import type { MessageBody } from "../../../../protocol/message_body.ts";
import { emptyConversation } from "../../../../client/chats/conversation/conversation_changes.ts";
import { createInbound } from "../../../../client/chats/incoming/inbound.ts";
import { openLedger } from "../../../../client/chats/ledger.ts";
import { createChatStorage } from "../../../../client/storage/chat_storage.ts";
import { openDatabase } from "../../../../client/storage/database.ts";
import { createSealer } from "../../../../client/storage/sealer.ts";
import { createRandom, fuzzSeeds, type Random, shuffled } from "../../../support/random.ts";
import { craftMessage, seal } from "./hostile.ts";
import type { Person } from "./world.ts";
import { randomBytes } from "../../../support/random_bytes.ts";

const TARGET = "0".repeat(31) + "1";

function person(handle: string): Person {
  const secrets = {
    identitySecret: randomBytes(32),
    nostrSecret: randomBytes(32),
    storageKey: randomBytes(32),
  };
  const primary = primaryOf(secrets.identitySecret);
  return { handle, server: "kez.test", primary, addr: addrOf(primary), secrets };
}

/** A device of somebody who has accepted a peer; nothing but what is received happens to it. */
async function deviceOf(reader: Person, peer: Person) {
  const database = await openDatabase(crypto.randomUUID());
  const storage = createChatStorage({ database, sealer: await createSealer(randomBytes(32)) });
  const ledger = await openLedger({ storage, nowMs: Date.now });
  const conversation = emptyConversation({ primary: peer.primary, state: "accepted", nowMs: 0 });
  await ledger.commit([{ put: "conversation", conversation }]);
  const { identitySecret } = reader.secrets;
  const inbound = createInbound({
    ledger,
    outbox: { add() {}, removal: () => [], forget() {} },
    primary: reader.primary,
    identitySecret,
    verifyEd25519,
    nowMs: Date.now,
    isStopped: () => false,
    onUnconfirmed() {},
    onFault(error) {
      throw error;
    },
    onTyping: () => Promise.resolve(),
    pacer: { breathe: () => Promise.resolve() },
  });
  return { ledger, inbound, [Symbol.dispose]: () => database.close() };
}

async function mailOf(random: Random, { alice, bob }: { alice: Person; bob: Person }) {
  const nowMs = Date.now() - 60_000;
  const author = random.pick([alice, bob]);
  /** To bob, or what bob wrote to alice, as bob's other device copied it. */
  const letter = (from: Person, options: { body: MessageBody; id?: string; sentAtMs: number }) =>
    craftMessage(from, { to: from === bob ? alice : bob, ...options });
  const first = letter(author, {
    id: TARGET,
    body: { kind: "text", text: "first" },
    sentAtMs: nowMs,
  });
  const bodies: MessageBody[] = [
    { kind: "edit", target: TARGET, text: "second" },
    { kind: "edit", target: TARGET, text: "third" },
    { kind: "reaction", target: TARGET, emoji: "👍" },
    { kind: "reaction", target: TARGET, emoji: "" },
    { kind: "delete", target: TARGET },
  ];
  const actions = Array.from({ length: 1 + random.int(6) }, () => {
    const body = random.pick(random.oneIn(2) ? bodies.slice(0, 4) : bodies);
    return letter(random.pick([alice, bob]), { body, sentAtMs: nowMs + random.int(5) });
  });
  const kind = author === bob ? KIND.quiet : KIND.message;
  const events = [
    seal(first, { reader: bob, kind }),
    ...actions.map((one) => seal(one, { reader: bob, kind: KIND.quiet })),
    // A retry is the same document in another event.
    ...random.some(actions).map((one) => seal(one, { reader: bob, kind: KIND.quiet })),
  ];
  return { author, events: await Promise.all(events) };
}

for (const seed of fuzzSeeds(12)) {
  Deno.test(`a message and what is done to it come to the same in any order, seed ${seed}`, async () => {
    const random = createRandom(seed);
    const [alice, bob] = [person("alice"), person("bob")];
    const { author, events } = await mailOf(random, { alice, bob });
    const ends: unknown[] = [];
    for (let round = 0; round < 4; round++) {
      using device = await deviceOf(bob, alice);
      const order: NostrEvent[] = shuffled([...events, ...random.some(events)], random);
      for (const event of order) await device.inbound.receive(event, "wss://kez.test/");
      const { storage } = device.ledger;
      const message = await storage.message({ from: author.primary, id: TARGET });
      const { body, reactions, edit, deletedAtMs } = message!;
      const preview = device.ledger.conversation(alice.primary)?.last?.preview;
      ends.push({ body, reactions, edit, deletedAtMs, preview });
      const waiting = await storage.pendingActions({ peer: alice.primary, target: TARGET });
      // What is not the author's waits for a message of its own under this id.
      assert.ok(waiting.every(({ action }) => action.from !== author.primary));
      assert.deepEqual(device.inbound.dropped, {});
    }
    for (const end of ends) assert.deepEqual(end, ends[0]);
  });
}
