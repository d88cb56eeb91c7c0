import { dirname, join } from "node:path";

const SUFFIX = ".kez-chat-part";
const LOCK = "lock";

/** A folder in which a backup is made, beside where it will lie. It goes with its user, or with the next backup beside it. */
export interface Workshop extends AsyncDisposable {
  path: string;
}

/**
 * Makes `<file>.kez-chat-part`, for its owner alone. What others left behind there, whose process has ended, is removed: they hold a lock
 * as long as they live.
 */
export async function openWorkshop(file: string): Promise<Workshop> {
  await removeLeftOvers(dirname(file));
  const path = await Deno.makeTempDir({
    dir: dirname(file),
    prefix: "backup-",
    suffix: SUFFIX,
  });
  const lock = await Deno.open(join(path, LOCK), { createNew: true, write: true, mode: 0o600 });
  await lock.lock(true);
  return {
    path,
    async [Symbol.asyncDispose]() {
      lock.close();
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

/** A folder without a lock has just been made, or is not ours. */
async function isInUse(path: string): Promise<boolean> {
  try {
    using lock = await Deno.open(join(path, LOCK), { read: true, write: true });
    return !await lock.tryLock(true);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return true;
    throw error;
  }
}
