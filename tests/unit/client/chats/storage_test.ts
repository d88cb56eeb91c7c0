import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { bytesToHex } from "../../../../protocol/bytes.ts";
import { emptyConversation } from "../../../../client/chats/conversation/conversation_changes.ts";
import { type Change, STRANGERS } from "../../../../client/storage/chat_changes.ts";
import {
  prunePendingActions,
  pruneSeenIds,
  REMEMBERED_MS,
} from "../../../../client/storage/chat_pruning.ts";
import type {
  MessageAction,
  MessageRecord,
  PendingAction,
} from "../../../../client/storage/chat_records.ts";
import { createChatStorage } from "../../../../client/storage/chat_storage.ts";
import { openDatabase } from "../../../../client/storage/database.ts";
import { createSealer } from "../../../../client/storage/sealer.ts";
import { isUserError } from "../../../../client/user_error.ts";
import { MESSAGE_DEFAULTS } from "../../../../client/storage/record_defaults.ts";
import { randomBytes } from "../../../support/random_bytes.ts";

const STORES = [
  "conversations",
  "messages",
  "outbox",
  "seen_events",
  "seen_messages",
  "cursors",
  "pending_actions",
  "values",
] as const;

async function setUp() {
  const database = await openDatabase(crypto.randomUUID());
  const sealer = await createSealer(randomBytes(32));
  return {
    database,
    sealer,
    storage: createChatStorage({ database, sealer }),
    [Symbol.dispose]: () => database.close(),
  };
}

function messageAt(atMs: number, changes: Partial<MessageRecord> = {}): MessageRecord {
  return {
    ...MESSAGE_DEFAULTS,
    id: bytesToHex(randomBytes(16)),
    from: "ed25519:peer",
    peer: "ed25519:peer",
    body: { kind: "text", text: "a secret text" },
    atMs,
    arrival: atMs,
    status: null,
    failure: null,
    eventIds: [bytesToHex(randomBytes(32))],
    digest: "digest",
    bytes: 600,
    ...changes,
  };
}

Deno.test("no name, handle, primary, id or text stands open in what is kept", async () => {
  using kept = await setUp();
  const message = messageAt(1_000);
  const conversation = emptyConversation({
    primary: message.peer,
    state: "accepted",
    contact: { handle: "roberta", server: "kez.test", relays: ["wss://kez.test/relay"] },
    nowMs: 1,
  });
  const name = { from: message.from, id: message.id };
  await kept.storage.commit([
    { put: "conversation", conversation },
    { put: "message", message },
    { put: "seen_event", eventId: message.eventIds[0]!, pool: message.peer, atMs: 1 },
    {
      put: "seen_message",
      ...name,
      digest: await kept.storage.digestOf({ a: 1 }),
      pool: STRANGERS,
      atMs: 1,
    },
    { put: "cursor", relayUrl: "wss://kez.test/relay", createdAtS: 5 },
  ]);
  let open = "";
  for (const store of STORES) {
    for (const row of await kept.database.getAll(store)) {
      open += JSON.stringify(row, (key, value) => (key === "sealed" ? undefined : value));
    }
  }
  for (const secret of ["roberta", "kez.test", "peer", message.id, message.eventIds[0]!, "text"]) {
    assert.ok(!open.includes(secret), secret);
  }
  assert.deepEqual(await kept.storage.conversations(), [conversation]);
  assert.deepEqual(await kept.storage.message(name), message);
  assert.deepEqual(await kept.storage.messageOfEvent(message.eventIds[0]!), message);
  assert.equal(await kept.storage.cursor("wss://kez.test/relay"), 5);
  assert.equal(await kept.storage.cursor("wss://other.test/"), null);
});

Deno.test("messages are paged by time, then by arrival, each conversation for itself", async () => {
  using kept = await setUp();
  const order: [number, number][] = [[5, 1], [5, 2], [7, 0], [1, 9], [3, 3]];
  const messages = order.map(([atMs, arrival]) => messageAt(atMs, { arrival }));
  const other = messageAt(6, { peer: "ed25519:other" });
  await kept.storage.commit([...messages, other].map((message) => ({ put: "message", message })));
  const inOrder = [messages[3]!, messages[4]!, messages[0]!, messages[1]!, messages[2]!];
  const { storage } = kept;
  assert.deepEqual(await storage.newestMessages("ed25519:peer", { limit: 9 }), inOrder);
  assert.deepEqual(await storage.newestMessages("ed25519:peer", { limit: 2 }), inOrder.slice(3));
  assert.deepEqual(
    await storage.newestMessages("ed25519:peer", { before: inOrder[3], limit: 2 }),
    inOrder.slice(1, 3),
  );
  assert.deepEqual(await storage.oldestMessages("ed25519:peer", 2), inOrder.slice(0, 2));
  await storage.commit([{ delete: "conversation", primary: "ed25519:peer" }]);
  assert.deepEqual(await storage.newestMessages("ed25519:peer", { limit: 9 }), []);
  assert.deepEqual(await storage.newestMessages("ed25519:other", { limit: 9 }), [other]);
});

Deno.test("of changes that cannot all be written none is", async () => {
  using kept = await setUp();
  const message = messageAt(1);
  const unwritable = { put: "cursor", relayUrl: "x", createdAtS: (() => 1) as unknown as number };
  await assert.rejects(
    kept.storage.commit([{ put: "message", message }, unwritable as Change]),
    (error) => isUserError(error, "storage_failed"),
  );
  assert.equal(await kept.storage.message(message), null);
});

Deno.test("a record under another key, or of another account, does not open", async () => {
  using kept = await setUp();
  const [first, second] = [messageAt(1), messageAt(2)];
  await kept.storage.commit([{ put: "message", message: first }, {
    put: "message",
    message: second,
  }]);
  const rows = await kept.database.getAll("messages");
  await kept.database.put("messages", { ...rows[0]!, sealed: rows[1]!.sealed });
  const reading = kept.storage.newestMessages("ed25519:peer", { limit: 9 });
  await assert.rejects(reading, (error) => isUserError(error, "storage_failed"));
});

Deno.test("ids are forgotten after 31 days, and beyond their number the oldest of each pool", async () => {
  using kept = await setUp();
  const nowMs = 100 * REMEMBERED_MS;
  const put = (pool: string, name: string, atMs: number): Change[] => [
    { put: "seen_event", eventId: name, pool, atMs },
    { put: "seen_message", from: pool, id: name, digest: "d", pool, atMs },
  ];
  const names = (prefix: string) => Array.from({ length: 5 }, (_, i) => `${prefix}${i}`);
  await kept.storage.commit([
    ...put("friend", "expired", nowMs - REMEMBERED_MS - 1),
    ...put("friend", "kept", nowMs - REMEMBERED_MS),
    ...names("a").flatMap((name, i) => put(STRANGERS, name, nowMs - 1_000 + i)),
    ...names("f").flatMap((name, i) => put("friend", name, nowMs - 1_000 + i)),
  ]);
  await pruneSeenIds(kept, { pools: [STRANGERS, "friend"], nowMs, maxIds: 3 });
  const isKept = async (pool: string, name: string) => {
    const isSeen = await kept.storage.isEventSeen(name);
    const digest = await kept.storage.takenDigest({ from: pool, id: name });
    assert.equal(isSeen, digest !== null, name);
    return isSeen;
  };
  const left = [];
  for (const name of names("a")) if (await isKept(STRANGERS, name)) left.push(name);
  for (const name of [...names("f"), "kept", "expired"]) {
    if (await isKept("friend", name)) left.push(name);
  }
  assert.deepEqual(left, ["a2", "a3", "a4", "f2", "f3", "f4"]);
});

Deno.test("a value is kept under its name, replaced, and deleted", async () => {
  using kept = await setUp();
  assert.equal(await kept.storage.value("draft"), null);
  await kept.storage.commit([{ put: "value", name: "draft", value: { text: "half a sen" } }]);
  await kept.storage.commit([{ put: "value", name: "other", value: 1 }]);
  await kept.storage.commit([{ put: "value", name: "draft", value: { text: "half" } }]);
  assert.deepEqual(await kept.storage.value("draft"), { text: "half" });
  await kept.storage.commit([{ delete: "value", name: "draft" }]);
  assert.equal(await kept.storage.value("draft"), null);
  assert.equal(await kept.storage.value("other"), 1);
});

Deno.test("messages that have to disappear are found, the first ones first; others are not", async () => {
  using kept = await setUp();
  const [stays, late, early] = [
    messageAt(1),
    messageAt(2, { expiresAtMs: 500 }),
    messageAt(3, { expiresAtMs: 400 }),
  ];
  assert.equal(await kept.storage.nextExpiry(), null);
  for (const message of [stays, late, early]) {
    await kept.storage.commit([{ put: "message", message }]);
  }
  assert.equal(await kept.storage.nextExpiry(), 400);
  assert.deepEqual(await kept.storage.expiredMessages(399, 10), []);
  assert.deepEqual(await kept.storage.expiredMessages(400, 10), [early]);
  assert.deepEqual(await kept.storage.expiredMessages(1_000, 10), [early, late]);
  assert.deepEqual(await kept.storage.expiredMessages(1_000, 1), [early]);
});

Deno.test("what came for a message before it came is found by its name alone", async () => {
  using kept = await setUp();
  const peer = "ed25519:peer";
  const pendingOf = (action: MessageAction): PendingAction => ({
    peer,
    action,
    cameAtMs: action.atMs,
  });
  const first = pendingOf({ kind: "edit", from: peer, target: "a", atMs: 1, text: "one" });
  const later = pendingOf({ kind: "edit", from: peer, target: "a", atMs: 2, text: "two" });
  const deletion = pendingOf({ kind: "delete", from: peer, target: "a", atMs: 3 });
  const other = pendingOf({ kind: "delete", from: peer, target: "b", atMs: 4 });
  for (const pending of [first, later, deletion, other]) {
    await kept.storage.commit([{ put: "pending", pending }]);
  }
  const found = await kept.storage.pendingActions({ peer, target: "a" });
  assert.deepEqual(found.sort((a, b) => a.cameAtMs - b.cameAtMs), [later, deletion]);
  assert.deepEqual(await kept.storage.pendingActions({ peer: "ed25519:other", target: "a" }), []);
  assert.deepEqual(await kept.storage.surplusActions(peer, 3), []);
  assert.deepEqual(await kept.storage.surplusActions(peer, 1), [later, deletion]);
  await kept.storage.commit([{ delete: "pending", peer, target: "a" }]);
  assert.deepEqual(await kept.storage.pendingActions({ peer, target: "a" }), []);
  assert.deepEqual(await kept.storage.pendingActions({ peer, target: "b" }), [other]);
  await prunePendingActions(kept.database, other.cameAtMs + REMEMBERED_MS);
  assert.deepEqual(await kept.storage.pendingActions({ peer, target: "b" }), [other]);
  await prunePendingActions(kept.database, other.cameAtMs + REMEMBERED_MS + 1);
  assert.deepEqual(await kept.storage.pendingActions({ peer, target: "b" }), []);
});
