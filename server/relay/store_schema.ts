import { DatabaseSync } from "node:sqlite";
import { StartFault } from "../start_fault.ts";

const SCHEMA_VERSION = 1;

/** How long a write waits for another process (a backup) to let go of the file. */
const BUSY_TIMEOUT_MS = 5_000;

// `seq` is given by the store, grows with every insert and is never used twice in a process.
// One index for each shape of query; all order by newest first, ties by lowest id.
const SCHEMA = `
  CREATE TABLE event (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    pubkey TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    private INTEGER NOT NULL,
    address TEXT,
    expires_at INTEGER,
    held_for TEXT,
    bytes INTEGER NOT NULL,
    json TEXT NOT NULL
  ) STRICT;
  CREATE INDEX event_by_time ON event (private, created_at DESC, id);
  CREATE INDEX event_by_kind ON event (kind, created_at DESC, id);
  CREATE INDEX event_by_author ON event (pubkey, kind, created_at DESC, id);
  CREATE UNIQUE INDEX event_by_address ON event (address) WHERE address IS NOT NULL;
  CREATE INDEX event_by_expiry ON event (expires_at) WHERE expires_at IS NOT NULL;

  CREATE TABLE tag (
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    id TEXT NOT NULL,
    kind INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (name, value, created_at DESC, id)
  ) STRICT, WITHOUT ROWID;

  -- Bytes of strangers' events in each reader's mailbox.
  CREATE TABLE held (reader TEXT PRIMARY KEY, bytes INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TRIGGER hold AFTER INSERT ON event WHEN new.held_for IS NOT NULL BEGIN
    INSERT INTO held (reader, bytes) VALUES (new.held_for, new.bytes)
      ON CONFLICT (reader) DO UPDATE SET bytes = bytes + excluded.bytes;
  END;
  CREATE TRIGGER let_go AFTER DELETE ON event WHEN old.held_for IS NOT NULL BEGIN
    UPDATE held SET bytes = bytes - old.bytes WHERE reader = old.held_for;
    DELETE FROM held WHERE reader = old.held_for AND bytes <= 0;
  END;
`;

/**
 * Opens or creates the relay's database file.
 *
 * @param fsync `full` survives a power cut, `normal` the end of the process
 * @throws StartFault where a newer version wrote it
 */
export function openDatabase(path: string, fsync: "full" | "normal"): DatabaseSync {
  const db = new DatabaseSync(path);
  try {
    // Before anything else: auto_vacuum counts only on an empty file, and switching to WAL can meet a lock.
    db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    db.exec("PRAGMA auto_vacuum = 2");
    db.exec("PRAGMA journal_mode = WAL");
    db.exec(`PRAGMA synchronous = ${fsync === "full" ? "FULL" : "NORMAL"}`);
    db.exec("PRAGMA temp_store = MEMORY");
    createSchema(db, path);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * Commits the version that the file has already: a write like any other, which changes nothing.
 *
 * @throws what SQLite throws where the file cannot be written; at once where another process holds it
 */
export function probeWrite(db: DatabaseSync): void {
  db.exec("PRAGMA busy_timeout = 0");
  try {
    db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
  } finally {
    db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  }
}

function createSchema(db: DatabaseSync, path: string): void {
  const { user_version } = db.prepare("PRAGMA user_version").get() as { user_version: number };
  if (user_version === SCHEMA_VERSION) return;
  if (user_version !== 0) {
    throw new StartFault(
      `${path} was written by a newer version of kez-chat (schema ${user_version}, this version knows ` +
        `${SCHEMA_VERSION}). Start the newer version, or restore a backup that this version made.`,
    );
  }
  db.exec(`BEGIN IMMEDIATE; ${SCHEMA}; PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`);
}
