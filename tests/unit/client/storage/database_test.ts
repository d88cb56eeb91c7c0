import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { openDB } from "idb";
import { eraseDatabase, openDatabase } from "../../../../client/storage/database.ts";

Deno.test("a database is found again as it was left", async () => {
  const first = await openDatabase("database-again");
  await first.put("cursors", { key: "relay", createdAtS: 7 });
  first.close();
  const second = await openDatabase("database-again");
  assert.deepEqual(await second.get("cursors", "relay"), { key: "relay", createdAtS: 7 });
});

Deno.test("every store is emptied at once", async () => {
  const database = await openDatabase("database-erase");
  await database.put("cursors", { key: "relay", createdAtS: 7 });
  await eraseDatabase(database);
  const stores = [...database.objectStoreNames];
  assert.ok(stores.includes("vault") && stores.includes("device") && stores.includes("messages"));
  for (const store of stores) assert.equal(await database.count(store), 0, store);
  await database.put("cursors", { key: "relay", createdAtS: 8 });
});

Deno.test("a newer version of the app is not kept waiting", async () => {
  const old = await openDatabase("database-newer");
  const newer = indexedDB.open("database-newer", 1_000);
  await new Promise((resolve) => newer.onsuccess = resolve);
  assert.equal(newer.result.version, 1_000);
  await assert.rejects(old.count("vault"), { name: "InvalidStateError" });
});

Deno.test("a database of the first version keeps what it holds and gets the stores of this one", async () => {
  const old = await openDB("database-first", 1, {
    upgrade(database) {
      for (const name of ["vault", "pending_vault", "device"]) database.createObjectStore(name);
      for (const name of ["conversations", "outbox", "cursors"]) {
        database.createObjectStore(name, { keyPath: "key" });
      }
      database.createObjectStore("messages", { keyPath: "key" });
    },
  });
  await old.put("cursors", { key: "relay", createdAtS: 7 });
  old.close();
  const database = await openDatabase("database-first");
  assert.deepEqual(await database.get("cursors", "relay"), { key: "relay", createdAtS: 7 });
  assert.equal(await database.count("values"), 0);
  assert.equal(await database.count("attempts"), 0);
  assert.equal(await database.countFromIndex("messages", "by_expiry"), 0);
  assert.equal(await database.countFromIndex("pending_actions", "by_message"), 0);
  database.close();
});
