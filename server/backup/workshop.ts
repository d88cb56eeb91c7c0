import { join } from "node:path";
import { tryExclusiveLock } from "../exclusive_lock.ts";

const SUFFIX = ".kez-chat-part";
const LOCK = "lock";

/** A folder in which a backup is made, beside where it will lie. It goes with its user, or with the next backup beside it. */
export interface Workshop extends AsyncDisposable {
  path: string;
}

/**
 * Makes `backup-….kez-chat-part` in a folder, for its owner alone. What others left behind there, whose process has ended, is removed: they hold a lock
 * as long as they live.
 */
export async function openWorkshop(folder: string): Promise<Workshop> {
  await removeLeftOvers(folder);
  const path = await Deno.makeTempDir({ dir: folder, prefix: "backup-", suffix: SUFFIX });
  const lockPath = join(path, LOCK);
  const file = await Deno.open(lockPath, { createNew: true, write: true, mode: 0o600 });
  const lock = tryExclusiveLock(file, lockPath);
  return {
    path,
    async [Symbol.asyncDispose]() {
      file.close();
      lock?.[Symbol.dispose]();
      await Deno.remove(path, { recursive: true });
    },
  };
}

async function removeLeftOvers(folder: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (!isDirectory || !name.endsWith(SUFFIX) || await isInUse(path)) continue;
    await Deno.remove(path, { recursive: true });
  }
}

/** A folder without a lock has just been made, or is not ours; nor is one that we may not look into. */
async function isInUse(path: string): Promise<boolean> {
  const lockPath = join(path, LOCK);
  try {
    using file = await Deno.open(lockPath, { read: true, write: true });
    using lock = tryExclusiveLock(file, lockPath);
    return lock === null;
  } catch (error) {
    const isOthers = error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.PermissionDenied;
    if (isOthers) return true;
    throw error;
  }
}
