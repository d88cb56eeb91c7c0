import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { emptyConversation } from "../../../../client/chats/conversation/conversation_changes.ts";
import { acceptSuccessor } from "../../../../client/chats/people/key_change.ts";
import { openLedger } from "../../../../client/chats/ledger.ts";
import type { Outbox } from "../../../../client/chats/outgoing/outbox.ts";
import type { Change } from "../../../../client/storage/chat_changes.ts";
import type { MessageRecord } from "../../../../client/storage/chat_records.ts";
import { createChatStorage } from "../../../../client/storage/chat_storage.ts";
import { openDatabase } from "../../../../client/storage/database.ts";
import { MESSAGE_DEFAULTS } from "../../../../client/storage/record_defaults.ts";
import { createSealer } from "../../../../client/storage/sealer.ts";
import { randomBytes } from "../../../support/random_bytes.ts";

const former = `ed25519:${"11".repeat(32)}`;
const next = `ed25519:${"22".repeat(32)}`;
const COUNT = 1_203;

function message(index: number): MessageRecord {
  return {
    ...MESSAGE_DEFAULTS,
    id: index.toString(16).padStart(32, "0"),
    from: former,
    peer: former,
    body: { kind: "text", text: `${index}` },
    atMs: 1_000 + Math.floor(index / 3),
    arrival: index,
    status: null,
    failure: null,
    eventIds: [],
    digest: "",
    bytes: 500,
  };
}

async function ledgerWithHistory() {
  const database = await openDatabase(crypto.randomUUID());
  const sealer = await createSealer(randomBytes(32));
  const storage = createChatStorage({ database, sealer });
  const ledger = await openLedger({ storage, nowMs: () => 5_000 });
  const messages = Array.from({ length: COUNT }, (_, index) => message(index));
  const conversation = {
    ...emptyConversation({ primary: former, state: "key_changed", nowMs: 0 }),
    contact: { handle: "bob", server: "kez.test", relays: ["wss://old.test"] },
    successor: { primary: next, relays: ["wss://new.test"] },
    timerS: 60,
  };
  await ledger.write(() =>
    ledger.commit([
      { put: "conversation", conversation },
      ...messages.map((one): Change => ({ put: "message", message: one })),
    ])
  );
  return { database, ledger, conversation };
}

const outbox = { removal: () => [], forget() {}, add() {} } as Partial<Outbox> as Outbox;

Deno.test("a history of any length moves to the accepted identity, in one transaction and its order", async () => {
  const { database, ledger, conversation } = await ledgerWithHistory();
  const { storage } = ledger;
  const acking = { ledger, identitySecret: randomBytes(32), nowMs: () => 5_000 };
  await ledger.write(() => acceptSuccessor(conversation, { primary: next, outbox, acking }));
  const moved = await storage.newestMessages(next, { limit: 2 * COUNT });
  assert.deepEqual(
    moved.map(({ arrival }) => arrival),
    Array.from({ length: COUNT }, (_, index) => index),
  );
  assert.deepEqual(await storage.newestMessages(former, { limit: 10 }), []);
  const [only, ...others] = await storage.conversations();
  assert.deepEqual(others, []);
  assert.equal(only?.primary, next);
  assert.equal(only?.state, "accepted");
  assert.deepEqual(only?.contact, { ...conversation.contact, relays: ["wss://new.test"] });
  assert.equal(only?.timerS, 60);
  assert.deepEqual(only?.predecessors.map(({ primary }) => primary), [former]);
  database.close();
});

Deno.test("another identity than the one that was shown is not accepted, and nothing changes", async () => {
  const { database, ledger, conversation } = await ledgerWithHistory();
  const acking = { ledger, identitySecret: randomBytes(32), nowMs: () => 5_000 };
  const accept = (primary: string, state: typeof conversation.state | "accepted") =>
    ledger.write(() => acceptSuccessor({ ...conversation, state }, { primary, outbox, acking }));
  await assert.rejects(accept(former, "key_changed"), { code: "key_changed" });
  await assert.rejects(accept(next, "accepted"), { code: "key_changed" });
  assert.equal((await ledger.storage.newestMessages(former, { limit: 2 * COUNT })).length, COUNT);
  database.close();
});
