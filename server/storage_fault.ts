import { statIfThere } from "./if_there.ts";
import { DatabaseSync } from "node:sqlite";
import { errorText, type LogFields } from "./log.ts";
import { StartFault } from "./start_fault.ts";

/** What keeps a database from being used, where the operator can do something about it. */
export type StorageFault = "full" | "unwritable" | "damaged";

/** SQLite and Deno KV have no codes for these that both give, only their words. */
const WORDS: Record<StorageFault, RegExp> = {
  full: /disk is full|No space left on device/,
  unwritable: /read-?only database/,
  damaged: /database disk image is malformed|malformed database schema|file is not a database/,
};

const CURES: Record<StorageFault, string> = {
  full: "Make room on its disk",
  unwritable: "Give it and its folder to the user that runs kez-chat, on a disk that takes writes",
  damaged: 'It is damaged; docs/operations.md, "A damaged database", says what is left to do',
};

/** Which fault of the storage an error tells of; null for any other error. */
export function storageFaultOf(error: unknown): StorageFault | null {
  if (!(error instanceof Error)) return null;
  const found = Object.entries(WORDS).find(([, words]) => words.test(error.message));
  return found ? found[0] as StorageFault : null;
}

/** What a log says of an error: its message, and the cure where it is a fault of the storage. */
export function faultFields(error: unknown): LogFields {
  const fault = storageFaultOf(error);
  return { reason: errorText(error), ...(fault && { hint: CURES[fault] }) };
}

/** Why a database cannot be opened, with the cure. */
export function unusableDatabase(path: string, cause: unknown): StartFault {
  const fault = storageFaultOf(cause);
  // SQLite repeats the statements behind the first line.
  const [reason] = errorText(cause).split("\n", 1);
  const cure = fault
    ? CURES[fault]
    : "Check that it is a file of this user in a folder that exists";
  return new StartFault(`The database ${path} cannot be opened: ${reason}. ${cure}.`, { cause });
}

/** @throws Error with SQLite's words where a page is damaged */
export function checkPages(db: DatabaseSync): void {
  const [first] = db.prepare("PRAGMA quick_check(1)").all() as { quick_check: string }[];
  const found = first?.quick_check ?? "no answer";
  if (found !== "ok") throw new Error(`database disk image is malformed (${found})`);
}

/**
 * Looks through all pages of a database file that this process may write, before somebody opens it who takes damage badly.
 * Does nothing where there is no file.
 *
 * @throws what SQLite throws where it is damaged or cannot be written
 */
export function checkDatabaseFile(path: string): void {
  if (!statIfThere(path)?.isFile) return;
  using opened = new DisposableStack();
  const db = opened.adopt(new DatabaseSync(path), (db) => db.close());
  checkPages(db);
  // A write like any other, which changes nothing.
  const { user_version: version } = db.prepare("PRAGMA user_version").get() as {
    user_version: number;
  };
  db.exec(`PRAGMA user_version = ${version}`);
}
