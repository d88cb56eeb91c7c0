import type { Config } from "./config.ts";
import { prepareDataFolder } from "./data_folder.ts";
import { lockData, lockDatabase } from "./data_lock.ts";
import { finishRestore } from "./staged_restore.ts";

/** The data of a server, held by this process alone until it is disposed of. */
export interface HeldData extends Disposable {
  /** Other users of the machine can look into the folder. */
  isOpenToOthers: boolean;
}

/**
 * Makes the data folder where there is none, takes its lock and that of the registry's database, and completes a restore that was
 * interrupted: whoever writes data begins with this. (Specification page 8)
 *
 * @throws StartFault where another process works on it, or it cannot be written
 */
export function holdData(config: Pick<Config, "dataDir" | "dbPath">): HeldData {
  const { isOpenToOthers } = prepareDataFolder(config.dataDir);
  using locks = new DisposableStack();
  locks.use(lockData(config.dataDir));
  locks.use(lockDatabase(config.dbPath));
  finishRestore(config);
  const held = locks.move();
  return { isOpenToOthers, [Symbol.dispose]: () => held.dispose() };
}
