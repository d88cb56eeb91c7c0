import { diskObstacle } from "./file_fault.ts";
import { StartFault } from "./start_fault.ts";

/** Others than the owner may look into it. */
const OPEN_TO_OTHERS = 0o077;

/**
 * Creates the data folder, for its owner alone (0700), where there is none. (Specification page 8)
 *
 * @returns whether the folder was there already with access for other users of the machine
 * @throws StartFault where it is not a folder, cannot be created, or is another user's and this one is root
 */
export function prepareDataFolder(dataDir: string): { isOpenToOthers: boolean } {
  try {
    Deno.mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const reason =
      cause instanceof Deno.errors.AlreadyExists || cause instanceof Deno.errors.NotADirectory
        ? "a file stands where a folder should be"
        : diskObstacle(cause) ?? "the system does not allow it";
    throw new StartFault(
      `The data folder ${dataDir} cannot be created: ${reason}. Choose another one with --data.`,
      { cause },
    );
  }
  refuseRoot(dataDir);
  const { mode } = Deno.statSync(dataDir);
  return { isOpenToOthers: mode !== null && (mode & OPEN_TO_OTHERS) !== 0 };
}

/**
 * Root writes into no folder of another user: what that one has laid there, a link for instance, leads root elsewhere. And what root
 * writes there, the server cannot open.
 *
 * @throws StartFault
 */
export function refuseRoot(dataDir: string): void {
  const { uid: owner } = Deno.statSync(dataDir);
  if (owner === null || owner === 0 || ownerOfNewFile(dataDir) !== 0) return;
  throw new StartFault(
    `${dataDir} is another user's, and you are root. Run this command as that user (sudo -u …), or give root the folder.`,
  );
}

/** Who this process is, which it may not ask the system; null where it can write nothing here, of which others tell. */
function ownerOfNewFile(folder: string): number | null {
  try {
    const path = Deno.makeTempFileSync({ dir: folder, prefix: ".owner-" });
    const { uid } = Deno.lstatSync(path);
    Deno.removeSync(path);
    return uid;
  } catch (error) {
    if (error instanceof Error) return null;
    throw error;
  }
}

/**
 * Makes an empty file for its owner alone (0600), where there is none: SQLite, which takes it for a new database and gives the files
 * beside it the same rights, would let others read.
 *
 * @throws what `Deno.openSync` throws where it cannot be made
 */
export function makePrivateFile(path: string): void {
  if (path === ":memory:") return;
  try {
    Deno.openSync(path, { createNew: true, write: true, mode: 0o600 }).close();
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
}
