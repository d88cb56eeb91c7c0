import { basename, dirname, join } from "node:path";
import { isRemoteDatabase } from "./config_derived.ts";
import { tryExclusiveLock } from "./exclusive_lock.ts";
import { diskObstacle } from "./file_fault.ts";
import { StartFault } from "./start_fault.ts";

/** What a process holds as long as it works on a data folder or a database. */
export interface DataLock extends Disposable {
  path: string;
}

/** What the operator is told is locked, and by which setting another one is chosen. */
interface LockWords {
  locked: string;
  otherwise: string;
  unwritable: string;
}

/**
 * Takes the lock of a data folder: an advisory lock (flock) on `<dataDir>/lock`. The system gives it back
 * when the process ends in whatever way, so that a file left by `kill -9` blocks nobody. (Specification page 8)
 *
 * @throws StartFault where another process holds it, or the file cannot be opened
 */
export function lockData(dataDir: string): DataLock {
  return takeLock(join(dataDir, "lock"), {
    locked: dataDir,
    otherwise: "choose another folder with --data",
    unwritable: "The data folder cannot be written",
  });
}

/**
 * Takes the lock of the registry's database, `<dbPath>.lock`, in the same way: two data folders may be given one
 * database, also one that lies in a data folder. Links to it count as the file that they lead to. A remote one is there to be
 * shared.
 *
 * @throws StartFault where another process holds it, or the file cannot be opened
 */
export function lockDatabase(dbPath: string): DataLock {
  if (isRemoteDatabase({ dbPath })) return { path: dbPath, [Symbol.dispose]: () => undefined };
  return takeLock(`${realPathOf(dbPath)}.lock`, {
    locked: `The database ${dbPath}`,
    otherwise: "choose another file with --db",
    unwritable: "The folder of the database cannot be written",
  });
}

function takeLock(path: string, { locked, otherwise, unwritable }: LockWords): DataLock {
  const held = heldOrNull(
    path,
    (obstacle) =>
      obstacle === null
        ? `${unwritable}: ${path} cannot be opened. ` +
          `Give the folder to the user that runs kez-chat, or ${otherwise}.`
        : `${unwritable}: ${obstacle}. Change that, or ${otherwise}.`,
  );
  if (held !== null) return held;
  throw new StartFault(
    `${locked} is in use by another kez-chat${holderOf(path)}. ` +
      `Stop that one first, or ${otherwise}.`,
  );
}

/** Null where another process has it. */
function heldOrNull(path: string, refusal: (obstacle: string | null) => string): DataLock | null {
  try {
    using opened = new DisposableStack();
    const options = { create: true, read: true, write: true, mode: 0o600 };
    const file = opened.use(Deno.openSync(path, options));
    const lock = tryExclusiveLock(file, path);
    if (lock === null) return null;
    opened.use(lock);
    file.truncateSync();
    file.writeSync(new TextEncoder().encode(`${Deno.pid}\n`));
    // The file stays when the lock goes: a name that comes and goes would let two processes lock two files.
    const held = opened.move();
    return { path, [Symbol.dispose]: () => held.dispose() };
  } catch (cause) {
    throw new StartFault(refusal(diskObstacle(cause)), { cause });
  }
}

/** Of a file that may not be there yet, in a folder that may not be there either. */
function realPathOf(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const folder = dirname(path);
  return folder === path ? path : join(realPathOf(folder), basename(path));
}

function holderOf(path: string): string {
  const pid = Deno.readTextFileSync(path).trim();
  return /^\d{1,10}$/.test(pid) ? ` (process ${pid})` : "";
}
