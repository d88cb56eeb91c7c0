import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StartFault } from "../../../../../server/start_fault.ts";
import { prepareEvent } from "../../../../../server/relay/events/prepared_event.ts";
import { openStore, type Store } from "../../../../../server/relay/store/store.ts";
import { SCHEMA_VERSION } from "../../../../../server/relay/store/store_schema.ts";
import { fakeEvent, insertAll, openMemoryStore } from "../support.ts";

async function withFile(run: (path: string) => void): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "relay-store-" });
  try {
    run(join(folder, "relay.db"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const open = (path: string, maxMailboxBytes = 1e9): Store =>
  openStore({ path, fsync: "full", maxMailboxBytes, maxMemberBytes: 1e9, maxDeletions: 1e9 });

const mailbox = (key: string) => ({ account: "mailbox", key }) as const;

Deno.test("a database that a newer version wrote is refused with words, and left as it is", () =>
  withFile((path) => {
    open(path).close();
    const db = new DatabaseSync(path);
    db.exec("PRAGMA user_version = 1000");
    db.close();
    assert.throws(() => open(path), (error) => {
      assert.ok(error instanceof StartFault);
      assert.match(error.message, /newer version/);
      return true;
    });
    const again = new DatabaseSync(path);
    assert.equal(again.prepare("PRAGMA user_version").get()!.user_version, 1000);
    again.close();
  }));

Deno.test("a file that is no database is refused, not overwritten", () =>
  withFile((path) => {
    Deno.writeTextFileSync(path, "these are my notes, not a database\n".repeat(100));
    assert.throws(() => open(path));
    assert.match(Deno.readTextFileSync(path), /^these are my notes/);
  }));

Deno.test("the file is in WAL mode, frees space in steps, and knows its schema", () =>
  withFile((path) => {
    const store = open(path);
    const db = new DatabaseSync(path);
    const pragma = (name: string) => Object.values(db.prepare(`PRAGMA ${name}`).get()!)[0];
    assert.equal(pragma("journal_mode"), "wal");
    assert.equal(pragma("auto_vacuum"), 2);
    assert.equal(pragma("user_version"), SCHEMA_VERSION);
    db.close();
    store.close();
  }));

Deno.test("numbers of events grow and go on after a restart", () =>
  withFile((path) => {
    const first = open(path);
    insertAll(first, [fakeEvent(), fakeEvent()]);
    assert.equal(first.lastSeq(), 2);
    first.close();
    const second = open(path);
    insertAll(second, [fakeEvent()]);
    assert.equal(second.lastSeq(), 3);
    second.close();
  }));

Deno.test("a transaction that fails leaves nothing behind, and the next one works", () => {
  using store = openMemoryStore();
  const event = fakeEvent({ tags: [["t", "x"]] });
  assert.throws(() =>
    store.transaction(() => {
      insertAllInside(store, event);
      throw new Error("broken");
    }), /broken/);
  assert.equal(store.has(event.id), false);
  assert.deepEqual(insertAll(store, [event]), ["stored"]);
});

function insertAllInside(store: Store, event: ReturnType<typeof fakeEvent>): void {
  assert.equal(store.insert(prepareEvent(event)), "stored");
}

Deno.test("the bytes held for a reader are counted over a restart, and given back when events go", () =>
  withFile((path) => {
    const at = 1_700_000_000;
    const mail = () =>
      fakeEvent({ content: "x".repeat(1_000), tags: [["expiration", `${at + 10}`]] });
    const first = open(path, 3_000);
    assert.deepEqual(insertAll(first, [mail(), mail(), mail()], mailbox("reader")), [
      "stored",
      "stored",
      "mailbox_full",
    ]);
    assert.deepEqual(insertAll(first, [mail()], mailbox("other")), ["stored"]);
    assert.deepEqual(insertAll(first, [mail()]), ["stored"]);
    first.close();
    const second = open(path, 3_000);
    assert.deepEqual(insertAll(second, [mail()], mailbox("reader")), ["mailbox_full"]);
    assert.equal(second.removeExpired({ nowS: at + 11, retentionS: 1e9, limit: 100 }), 4);
    assert.deepEqual(insertAll(second, [mail(), mail(), mail()], mailbox("reader")), [
      "stored",
      "stored",
      "mailbox_full",
    ]);
    second.close();
  }));

Deno.test("what is past keeping is removed in bounded steps: private kinds by age, all by their expiration", () => {
  using store = openMemoryStore();
  const at = 1_700_000_000;
  const old = [4, 1059, 4243, 4244].map((kind) => fakeEvent({ kind, created_at: at - 101 }));
  const kept = [
    fakeEvent({ kind: 4243, created_at: at - 99 }),
    fakeEvent({ kind: 0, created_at: at - 101 }),
    fakeEvent({ kind: 1, created_at: at - 101, tags: [["expiration", `${at + 1}`]] }),
    fakeEvent({ kind: 1, created_at: at - 101, tags: [["expiration", "never"]] }),
  ];
  const expired = fakeEvent({ kind: 1, tags: [["expiration", `${at}`]] });
  insertAll(store, [...old, ...kept, expired]);
  const rule = { nowS: at, retentionS: 100, limit: 2 };
  assert.deepEqual([1, 2, 3, 4].map(() => store.removeExpired(rule)), [2, 2, 1, 0]);
  for (const { id } of [...old, expired]) assert.equal(store.has(id), false);
  for (const { id } of kept) assert.equal(store.has(id), true);
});

Deno.test("space of removed events goes back to the file system in steps", () =>
  withFile((path) => {
    const store = open(path);
    const at = 1_700_000_000;
    const content = "x".repeat(50_000);
    insertAll(
      store,
      Array.from({ length: 60 }, () => fakeEvent({ content, tags: [["expiration", `${at}`]] })),
    );
    assert.equal(store.removeExpired({ nowS: at, retentionS: 1e9, limit: 100 }), 60);
    const left = [store.freePages(100), store.freePages(100)];
    assert.ok(left[0]! > left[1]! && left[1]! > 0, `${left}`);
    assert.equal(store.freePages(100_000), 0);
    store.close();
    assert.ok(Deno.statSync(path).size < 500_000);
  }));

Deno.test("a member has so many deletions and no more, whatever becomes of the requests", () => {
  using store = openMemoryStore({ maxDeletions: 3 });
  const request = (targets: number, pubkey = "a".repeat(64)) => {
    const tags = Array.from({ length: targets }, () => ["e", fakeEvent().id]);
    const by = { pubkey, addrs: [] };
    const removal = { scope: "named", by, mustOwnSomething: false } as const;
    return { ...prepareEvent(fakeEvent({ kind: 5, pubkey, tags })), removal };
  };
  const insert = (prepared: ReturnType<typeof request>) => {
    let outcome = "";
    store.transaction(() => outcome = store.insert(prepared));
    return outcome;
  };
  assert.equal(insert(request(2)), "stored");
  assert.equal(insert(request(2)), "stored");
  store.remove([1, 2]);
  assert.equal(insert(request(1)), "member_full");
  assert.equal(insert(request(1, "b".repeat(64))), "stored");
});
