import { DatabaseSync } from "node:sqlite";
import { errorText } from "../../log.ts";
import { StartFault } from "../../start_fault.ts";
import { SCHEMA_VERSION } from "./store_schema.ts";

/** Reads a relay's events in the order in which they were stored, beside whoever writes them. */
export interface EventReader extends Disposable {
  /** The number of the event with an id; null where it is not here. */
  seqOf(id: string): number | null;
  /** Up to `limit` events behind a number, as JSON. Each call is one short read, which holds up nobody. */
  after(seq: number, limit: number): { seq: number; json: string }[];
}

/** How long a read waits where the relay is changing the file itself. */
const BUSY_TIMEOUT_MS = 5_000;

/**
 * Opens a relay's database to read and nothing else: it is not locked, changed or migrated.
 *
 * @throws StartFault where there is none, it cannot be read, or a newer version wrote it
 */
export function openEventReader(path: string): EventReader {
  const db = open(path);
  try {
    db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    checkVersion(db, path);
    // Version 1 has ids in hex.
    const byId = db.prepare("SELECT seq FROM event WHERE id IN (?, unhex(?))");
    const after = db.prepare("SELECT seq, json FROM event WHERE seq > ? ORDER BY seq LIMIT ?");
    return {
      seqOf: (id) => (byId.get(id, id) as { seq: number } | undefined)?.seq ?? null,
      after: (seq, limit) => after.all(seq, limit) as { seq: number; json: string }[],
      [Symbol.dispose]: () => db.close(),
    };
  } catch (error) {
    db.close();
    throw error instanceof StartFault ? error : unreadable(path, error);
  }
}

function open(path: string): DatabaseSync {
  try {
    Deno.statSync(path);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw unreadable(path, cause);
    throw new StartFault(
      `There is no ${path}: no relay has kept anything there. Name the server's folder with --data.`,
      { cause },
    );
  }
  try {
    return new DatabaseSync(path, { readOnly: true });
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** What is read has the same names and meaning in every version so far. */
function checkVersion(db: DatabaseSync, path: string): void {
  const { user_version: version } = db.prepare("PRAGMA user_version").get() as {
    user_version: number;
  };
  if (version > SCHEMA_VERSION) {
    throw new StartFault(
      `${path} was written by a newer version of kez-chat (schema ${version}, this version knows ` +
        `${SCHEMA_VERSION}). Use the newer version.`,
    );
  }
}

function unreadable(path: string, cause: unknown): StartFault {
  return new StartFault(
    `${path} cannot be read (${errorText(cause)}). Check that it is a relay's database, and that ` +
      "this user may read it and write to its folder.",
    { cause },
  );
}
