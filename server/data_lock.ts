import { join } from "node:path";
import { StartFault } from "./start_fault.ts";

/** What a process holds as long as it works on a data folder. */
export interface DataLock extends Disposable {
  path: string;
}

/**
 * Takes the lock of a data folder: an advisory lock (flock) on `<dataDir>/lock`. The system gives it back
 * when the process ends in whatever way, so that a file left by `kill -9` blocks nobody. (Specification page 8)
 *
 * @throws StartFault where another process holds it, or the file cannot be opened
 */
export function lockData(dataDir: string): DataLock {
  const path = join(dataDir, "lock");
  const file = openLockFile(path);
  if (!file.tryLockSync(true)) {
    file.close();
    throw new StartFault(
      `${dataDir} is in use by another kez-chat${holderOf(path)}. ` +
        `Stop that one first, or choose another folder with --data.`,
    );
  }
  file.truncateSync();
  file.writeSync(new TextEncoder().encode(`${Deno.pid}\n`));
  // The file stays when the lock goes: a name that comes and goes would let two processes lock two files.
  return { path, [Symbol.dispose]: () => file.close() };
}

function openLockFile(path: string): Deno.FsFile {
  try {
    return Deno.openSync(path, { create: true, read: true, write: true, mode: 0o600 });
  } catch (cause) {
    throw new StartFault(
      `The data folder cannot be written: ${path} cannot be opened. ` +
        `Give the folder to the user that runs kez-chat, or choose another one with --data.`,
      { cause },
    );
  }
}

function holderOf(path: string): string {
  const pid = Deno.readTextFileSync(path).trim();
  return /^\d{1,10}$/.test(pid) ? ` (process ${pid})` : "";
}
