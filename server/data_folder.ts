import { StartFault } from "./start_fault.ts";

/** Others than the owner may look into it. */
const OPEN_TO_OTHERS = 0o077;

/**
 * Creates the data folder, for its owner alone (0700), where there is none. (Specification page 8)
 *
 * @returns whether the folder was there already with access for other users of the machine
 * @throws StartFault where it is not a folder, or cannot be created
 */
export function prepareDataFolder(dataDir: string): { isOpenToOthers: boolean } {
  try {
    Deno.mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const reason =
      cause instanceof Deno.errors.AlreadyExists || cause instanceof Deno.errors.NotADirectory
        ? "a file stands where a folder should be"
        : "the system does not allow it";
    throw new StartFault(
      `The data folder ${dataDir} cannot be created: ${reason}. Choose another one with --data.`,
      { cause },
    );
  }
  const { mode } = Deno.statSync(dataDir);
  return { isOpenToOthers: mode !== null && (mode & OPEN_TO_OTHERS) !== 0 };
}
