import { removeIfThere } from "../../if_there.ts";
import { DatabaseSync } from "node:sqlite";
import type { FsyncMode } from "../../config.ts";
import { makePrivateFile } from "../../data_folder.ts";
import { errorText } from "../../log.ts";
import { StartFault } from "../../start_fault.ts";
import { unusableDatabase } from "../../storage_fault.ts";
import { MIGRATIONS, SCHEMA, SCHEMA_VERSION } from "./store_schema.ts";

/** Pages of the file that are kept in memory. */
const CACHE_KIB = 16 * 1024;
/**
 * Pages in the log at which a commit also writes them into the file. Events lie all over the indexes: the more of them come
 * together, the fewer pages each costs, and the longer that one commit takes.
 */
const CHECKPOINT_PAGES = 2_000;
/** How long a write waits for another process (a backup) to let go of the file. */
const BUSY_TIMEOUT_MS = 5_000;

/**
 * Opens or creates the relay's database file. One of an older version is migrated; what it was before is then in a
 * snapshot beside it.
 *
 * @param fsync `full` survives a power cut, `normal` the end of the process
 * @throws StartFault where it cannot be used, a newer version wrote it, or it cannot be migrated; then it is as it was
 */
export function openDatabase(path: string, fsync: FsyncMode): DatabaseSync {
  try {
    makePrivateFile(path);
    migrateFile(path);
    return openMigrated(path, fsync);
  } catch (error) {
    throw error instanceof StartFault ? error : unusableDatabase(path, error);
  }
}

function openMigrated(path: string, fsync: FsyncMode): DatabaseSync {
  const db = connect(path, fsync);
  try {
    if (versionOf(db) === 0) {
      db.exec(`BEGIN IMMEDIATE; ${SCHEMA}; PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`);
    }
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

/** False where a failure has ended it. Deno before 2.5 does not tell, and takes it for open. */
export function isInTransaction(db: DatabaseSync): boolean {
  return db.isTransaction ?? true;
}

function connect(path: string, fsync: FsyncMode): DatabaseSync {
  const db = new DatabaseSync(path);
  try {
    // Before anything else: auto_vacuum counts only on an empty file, and switching to WAL can meet a lock.
    db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    db.exec("PRAGMA auto_vacuum = 2");
    db.exec("PRAGMA journal_mode = WAL");
    db.exec(`PRAGMA synchronous = ${fsync === "full" ? "FULL" : "NORMAL"}`);
    db.exec("PRAGMA temp_store = MEMORY");
    db.exec(`PRAGMA cache_size = -${CACHE_KIB}`);
    db.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function versionOf(db: DatabaseSync): number {
  return (db.prepare("PRAGMA user_version").get() as { user_version: number }).user_version;
}

function migrateFile(path: string): void {
  const version = closing(connect(path, "full"), (db) => {
    const found = versionOf(db);
    // The snapshot is a copy of the file: what is still in the log beside it goes in first.
    if (found in MIGRATIONS) db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").all();
    return found;
  });
  if (version === 0 || version === SCHEMA_VERSION) return;
  if (version > SCHEMA_VERSION) {
    throw new StartFault(
      `${path} was written by a newer version of kez-chat (schema ${version}, this version knows ` +
        `${SCHEMA_VERSION}). Start the newer version, or restore a backup that this version made.`,
    );
  }
  takeSnapshot(path, `${path}.schema-${version}`);
  closing(connect(path, "full"), (db) => migrate(db, { path, version }));
}

function takeSnapshot(path: string, snapshot: string): void {
  try {
    Deno.copyFileSync(path, `${snapshot}.part`);
    Deno.renameSync(`${snapshot}.part`, snapshot);
  } catch (cause) {
    // Half a copy would keep the room that is missing.
    removeIfThere(`${snapshot}.part`);
    throw new StartFault(
      `${path} has to be migrated, and its snapshot ${snapshot} cannot be written (${
        errorText(cause)
      }). ` +
        "Make room on the disk, then start again.",
      { cause },
    );
  }
}

function migrate(db: DatabaseSync, { path, version }: { path: string; version: number }): void {
  db.exec("BEGIN IMMEDIATE");
  try {
    db.exec(MIGRATIONS[version]!);
    db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`);
    db.prepare("PRAGMA incremental_vacuum").all();
  } catch (cause) {
    if (isInTransaction(db)) db.exec("ROLLBACK");
    // SQLite repeats the statements behind the first line.
    const [reason] = errorText(cause).split("\n", 1);
    throw new StartFault(`${path} could not be migrated (${reason}). It is as it was.`, { cause });
  }
}

function closing<T>(db: DatabaseSync, use: (db: DatabaseSync) => T): T {
  try {
    return use(db);
  } finally {
    db.close();
  }
}
