import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { createChatStorage } from "../../../../client/storage/chat_storage.ts";
import type { MessageRecord } from "../../../../client/storage/chat_records.ts";
import { openDatabase } from "../../../../client/storage/database.ts";
import { MESSAGE_DEFAULTS } from "../../../../client/storage/record_defaults.ts";
import { createSealer } from "../../../../client/storage/sealer.ts";

const from = `ed25519:${"a".repeat(64)}`;

function messageOf(id: string): MessageRecord {
  return {
    ...MESSAGE_DEFAULTS,
    id,
    from,
    peer: from,
    body: { kind: "attachment" },
    atMs: Number(id),
    arrival: Number(id),
    status: null,
    failure: null,
    eventIds: [],
    digest: "",
    bytes: 1,
  };
}

async function open() {
  const database = await openDatabase(crypto.randomUUID());
  const storage = createChatStorage({
    database,
    sealer: await createSealer(new Uint8Array(32)),
  });
  const keep = (id: string, bytes: Uint8Array, cachedAtMs: number | null) =>
    storage.commit([
      { put: "message", message: messageOf(id) },
      { put: "file", from, id, bytes, cachedAtMs },
    ]);
  const count = () => database.count("files");
  return { storage, database, keep, count, [Symbol.dispose]: () => database.close() };
}

Deno.test("a file is kept sealed, and goes with its message, its conversation, or its words", async () => {
  using kept = await open();
  const { storage } = kept;
  const secret = new TextEncoder().encode("a secret letter");
  for (const id of ["1", "2", "3", "4"]) await kept.keep(id, secret, 1);
  assert.deepEqual(await storage.file({ from, id: "1" }), secret);
  const [row] = await kept.database.getAll("files");
  assert.ok(!new TextDecoder("latin1").decode(row!.sealed.data).includes("secret"));
  await storage.commit([{ delete: "message", from, id: "1" }]);
  assert.equal(await storage.file({ from, id: "1" }), null);
  await storage.commit([{ put: "message", message: { ...messageOf("2"), deletedAtMs: 5 } }]);
  assert.equal(await storage.file({ from, id: "2" }), null);
  await storage.commit([{ put: "message", message: messageOf("3") }]);
  assert.equal(await kept.count(), 2);
  await storage.commit([{ delete: "conversation", primary: from }]);
  assert.equal(await kept.count(), 0);
});

Deno.test("beyond the bound the oldest files go, but never one that this device alone has", async () => {
  using kept = await open();
  const { storage } = kept;
  await kept.keep("1", new Uint8Array(100), null);
  await kept.keep("2", new Uint8Array(40), 10);
  await kept.keep("3", new Uint8Array(40), 30);
  await kept.keep("4", new Uint8Array(40), 20);
  const surplus = await storage.surplusFiles(80);
  await storage.commit(surplus.map((key) => ({ delete: "file" as const, key })));
  const isKept = async (id: string) => await storage.file({ from, id }) !== null;
  assert.deepEqual(await Promise.all(["1", "2", "3", "4"].map(isKept)), [true, false, true, true]);
  await storage.commit([{ put: "file_copy", from, id: "1", cachedAtMs: 5 }]);
  assert.equal((await storage.surplusFiles(80)).length, 1);
});
