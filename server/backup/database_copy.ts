import { DatabaseSync } from "node:sqlite";
import { errorText } from "../log.ts";
import { StartFault } from "../start_fault.ts";
import { checkPages } from "../storage_fault.ts";

const CHUNK_BYTES = 1024 * 1024;
const BUSY_TIMEOUT_MS = 5_000;
/** With the salts that a log gets anew whenever it begins again. */
const WAL_HEADER_BYTES = 32;

export interface DatabasePaths {
  from: string;
  /** Is not there yet. */
  to: string;
}

/**
 * Copies databases of a running server as they were at one moment, but for the few milliseconds that it takes to copy the logs
 * beside them. Their writers are not held up; the logs grow meanwhile.
 *
 * SQLite's own ways are not open to this program: `VACUUM INTO` needs every permission, and `backup()` is not in Deno 2.4. So the
 * files are copied under a read transaction, the log first: during it a checkpoint writes nothing into the database that this log
 * does not hold too, and the log begins anew only where all of it is in the database. The copy is recovered as after a crash.
 *
 * @throws StartFault where a database cannot be read, or is damaged
 */
export async function copyDatabases(databases: readonly DatabasePaths[]): Promise<void> {
  using held = new DisposableStack();
  const sources = databases.map(({ from }) => held.use(holdDatabase(from)));
  for (const [i, { to }] of databases.entries()) await sources[i]!.copyLog(to);
  for (const [i, { to }] of databases.entries()) await sources[i]!.copyPages(to);
  held.dispose();
  for (const { from, to } of databases) settleCopy(to, from);
}

interface HeldDatabase extends Disposable {
  copyLog(path: string): Promise<void>;
  copyPages(path: string): Promise<void>;
}

/** Begins a read transaction: what is in the database now stays so for whoever copies it. */
function holdDatabase(path: string): HeldDatabase {
  using opened = new DisposableStack();
  try {
    // Closing any descriptor of a file gives up the locks that SQLite holds on it: these are closed after the database is.
    const main = opened.use(Deno.openSync(path));
    const db = opened.adopt(new DatabaseSync(path, { readOnly: true }), (db) => db.close());
    db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    const mode = (db.prepare("PRAGMA journal_mode").get() as { journal_mode: string }).journal_mode;
    if (mode !== "wal") throw new Error(`its journal is ${mode}, not a write-ahead log`);
    db.exec("BEGIN");
    db.prepare("SELECT count(*) FROM sqlite_master").get();
    const headerBefore = readWalHeader(path);
    const stack = opened.move();
    return {
      async copyLog(to) {
        if (headerBefore === null) return;
        using wal = Deno.openSync(`${path}-wal`);
        await copyFile(wal, `${to}-wal`);
        // It began anew: then the database holds all that was in it, and what was copied is a mixture.
        if (readWalHeader(path) !== headerBefore) Deno.removeSync(`${to}-wal`);
      },
      copyPages: (to) => copyFile(main, to),
      [Symbol.dispose]: () => stack.dispose(),
    };
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** Null where there is no log, or an empty one. */
function readWalHeader(path: string): string | null {
  const header = new Uint8Array(WAL_HEADER_BYTES);
  try {
    using file = Deno.openSync(`${path}-wal`);
    return file.readSync(header) === WAL_HEADER_BYTES ? header.join() : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** As much as the file has now; it may grow meanwhile. */
async function copyFile(from: Deno.FsFile, path: string): Promise<void> {
  using to = Deno.openSync(path, { write: true, createNew: true, mode: 0o600 });
  const buffer = new Uint8Array(CHUNK_BYTES);
  for (let left = from.statSync().size; left > 0;) {
    const count = await from.read(buffer.subarray(0, left));
    if (count === null) return;
    for (let at = 0; at < count;) at += await to.write(buffer.subarray(at, count));
    left -= count;
  }
}

/** Brings the log into the copy and looks through all of its pages. */
function settleCopy(path: string, from: string): void {
  try {
    using stack = new DisposableStack();
    const db = stack.adopt(new DatabaseSync(path), (db) => db.close());
    db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").all();
    checkPages(db);
  } catch (cause) {
    throw unreadable(from, cause);
  }
}

function unreadable(path: string, cause: unknown): StartFault {
  const [reason] = errorText(cause).split("\n", 1);
  return new StartFault(
    `${path} cannot be copied (${reason}). Check that the disk has room, that it is a database of kez-chat, and that this ` +
      "user may read it and write to its folder. Where it says malformed, the database is damaged: restore an earlier backup.",
    { cause },
  );
}
