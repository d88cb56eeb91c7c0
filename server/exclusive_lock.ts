import { DatabaseSync } from "node:sqlite";

/** Held until it is disposed of, or the process ends in whatever way. */
export type ExclusiveLock = Disposable;

/**
 * Takes the lock of an open file, without waiting. Null where somebody else has it.
 *
 * @param path of that file
 */
export function tryExclusiveLock(file: Deno.FsFile, path: string): ExclusiveLock | null {
  // Deno before 2.8 has only a lock that waits.
  if (typeof file.tryLockSync !== "function") return tryDatabaseLock(`${path}-held`);
  // The lock goes with the file.
  return file.tryLockSync(true) ? { [Symbol.dispose]: () => {} } : null;
}

/** SQLite's lock of a database (fcntl), which the system ends as surely as that of a file. */
function tryDatabaseLock(path: string): ExclusiveLock | null {
  const database = new DatabaseSync(path);
  try {
    database.exec("BEGIN EXCLUSIVE");
    return { [Symbol.dispose]: () => database.close() };
  } catch (error) {
    database.close();
    if (error instanceof Error && error.message.includes("locked")) return null;
    throw error;
  }
}
