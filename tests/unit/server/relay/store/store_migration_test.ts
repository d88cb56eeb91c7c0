import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { NostrEvent } from "../../../../../protocol/nostr_event.ts";
import { parseFilter } from "../../../../../protocol/nostr_filter.ts";
import { scanFilters } from "../../../../../server/relay/query/scan.ts";
import { openStore, type Store } from "../../../../../server/relay/store/store.ts";
import { SCHEMA_VERSION } from "../../../../../server/relay/store/store_schema.ts";
import { StartFault } from "../../../../../server/start_fault.ts";
import { fakeEvent, insertAll } from "../support.ts";

/** The schema of version 1, as it was. */
const VERSION_1 = `
  CREATE TABLE event (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, pubkey TEXT NOT NULL, created_at INTEGER NOT NULL,
    kind INTEGER NOT NULL, private INTEGER NOT NULL, address TEXT, expires_at INTEGER, held_for TEXT,
    bytes INTEGER NOT NULL, json TEXT NOT NULL
  ) STRICT;
  CREATE INDEX event_by_time ON event (private, created_at DESC, id);
  CREATE INDEX event_by_kind ON event (kind, created_at DESC, id);
  CREATE INDEX event_by_author ON event (pubkey, kind, created_at DESC, id);
  CREATE UNIQUE INDEX event_by_address ON event (address) WHERE address IS NOT NULL;
  CREATE INDEX event_by_expiry ON event (expires_at) WHERE expires_at IS NOT NULL;
  CREATE TABLE tag (
    name TEXT NOT NULL, value TEXT NOT NULL, created_at INTEGER NOT NULL, id TEXT NOT NULL, kind INTEGER NOT NULL,
    seq INTEGER NOT NULL, PRIMARY KEY (name, value, created_at DESC, id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE held (reader TEXT PRIMARY KEY, bytes INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TRIGGER hold AFTER INSERT ON event WHEN new.held_for IS NOT NULL BEGIN
    INSERT INTO held (reader, bytes) VALUES (new.held_for, new.bytes)
      ON CONFLICT (reader) DO UPDATE SET bytes = bytes + excluded.bytes;
  END;
  CREATE TRIGGER let_go AFTER DELETE ON event WHEN old.held_for IS NOT NULL BEGIN
    UPDATE held SET bytes = bytes - old.bytes WHERE reader = old.held_for;
    DELETE FROM held WHERE reader = old.held_for AND bytes <= 0;
  END;
  PRAGMA user_version = 1;
`;

const T = 1_700_000_000;
const addr = "c".repeat(64);
const note = fakeEvent({ tags: [["t", "x"], ["t", "y"]], created_at: T });
const expiring = fakeEvent({ tags: [["t", "x"], ["expiration", `${T + 10}`]], created_at: T + 1 });
const mail = fakeEvent({ kind: 4243, tags: [["q", addr]], created_at: T + 2 });

/** A file of version 1 with three events. */
async function withOldFile(run: (path: string) => void): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "relay-migration-" });
  try {
    const path = join(folder, "relay.db");
    const db = new DatabaseSync(path);
    db.exec("PRAGMA auto_vacuum = 2; PRAGMA journal_mode = WAL;");
    db.exec(VERSION_1);
    [note, expiring, mail].forEach((event, i) => insertOld(db, event, i + 1));
    db.close();
    run(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function insertOld(db: DatabaseSync, event: NostrEvent, seq: number): void {
  const json = JSON.stringify(event);
  const expiresAtS = event === expiring ? T + 10 : null;
  const isMail = event.kind === 4243;
  db.prepare("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)").run(
    ...[seq, event.id, event.pubkey, event.created_at, event.kind, isMail ? 1 : 0],
    ...[null, expiresAtS, isMail ? addr : null, json.length, json],
  );
  for (const [name, value] of event.tags.filter(([name]) => name!.length === 1)) {
    db.prepare("INSERT INTO tag VALUES (?, ?, ?, ?, ?, ?)")
      .run(name!, value!, event.created_at, event.id, event.kind, seq);
  }
}

const open = (path: string): Store =>
  openStore({
    path,
    fsync: "full",
    maxMailboxBytes: 1_000,
    maxMemberBytes: 1e9,
    maxDeletions: 1e9,
  });

function find(store: Store, filter: Record<string, unknown>, nowS = T): string[] {
  const rules = {
    store,
    lastSeq: store.lastSeq(),
    maxLimit: 10,
    wantsJson: true,
    nowS: () => nowS,
  };
  const mailboxes = { keys: new Set<string>(), addrs: new Set([addr]) };
  const stream = scanFilters([parseFilter(filter)], { ...rules, mailboxes, canRead: () => true });
  return [...stream].filter((found) => found !== null).map(({ id }) => id);
}

function versionOf(path: string): unknown {
  const db = new DatabaseSync(path);
  try {
    return db.prepare("PRAGMA user_version").get()!.user_version;
  } finally {
    db.close();
  }
}

Deno.test("a file of version 1 is migrated with everything that was in it", () =>
  withOldFile((path) => {
    const store = open(path);
    assert.deepEqual(find(store, {}), [mail.id, expiring.id, note.id]);
    assert.deepEqual(find(store, { "#t": ["x"] }), [expiring.id, note.id]);
    assert.deepEqual(find(store, { "#t": ["x"] }, T + 10), [note.id]);
    assert.deepEqual(find(store, { authors: [note.pubkey], kinds: [1] }), [expiring.id, note.id]);
    assert.deepEqual(find(store, { "#q": [addr] }), [mail.id]);
    assert.equal(store.lastSeq(), 3);
    const full = fakeEvent({ kind: 4243, content: "x".repeat(500), tags: [["q", addr]] });
    assert.deepEqual(insertAll(store, [full], { account: "mailbox", key: addr }), ["mailbox_full"]);
    assert.equal(store.removeExpired({ nowS: T + 10, retentionS: 1, limit: 10 }), 2);
    store.close();
    assert.equal(versionOf(path), SCHEMA_VERSION);
    open(path).close();
  }));

Deno.test("what a file was before its migration is in a snapshot beside it", () =>
  withOldFile((path) => {
    open(path).close();
    const snapshot = `${path}.schema-1`;
    assert.equal(versionOf(snapshot), 1);
    const db = new DatabaseSync(snapshot);
    const ids = db.prepare("SELECT id FROM event ORDER BY seq").all().map(({ id }) => id);
    db.close();
    assert.deepEqual(ids, [note.id, expiring.id, mail.id]);
  }));

Deno.test("without room for a snapshot nothing is migrated, and the operator is told", () =>
  withOldFile((path) => {
    Deno.mkdirSync(`${path}.schema-1`);
    Deno.writeTextFileSync(join(`${path}.schema-1`, "in the way"), "");
    assert.throws(() => open(path), (error) => {
      assert.ok(error instanceof StartFault);
      assert.match(error.message, /snapshot .*Make room/);
      return true;
    });
    assert.equal(versionOf(path), 1);
    Deno.removeSync(`${path}.schema-1`, { recursive: true });
    open(path).close();
    assert.equal(versionOf(path), SCHEMA_VERSION);
  }));

Deno.test("a migration that fails leaves the file as it was", () =>
  withOldFile((path) => {
    const db = new DatabaseSync(path);
    db.exec("CREATE TABLE deletion (in_the_way TEXT)");
    db.close();
    assert.throws(() => open(path), (error) => {
      assert.ok(error instanceof StartFault);
      assert.match(error.message, /could not be migrated .* as it was/);
      return true;
    });
    assert.equal(versionOf(path), 1);
    const again = new DatabaseSync(path);
    assert.equal(again.prepare("SELECT count(*) AS n FROM tag").get()!.n, 4);
    again.exec("DROP TABLE deletion");
    again.close();
    open(path).close();
    assert.equal(versionOf(path), SCHEMA_VERSION);
  }));
