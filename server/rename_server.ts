import { statIfThere } from "./if_there.ts";
import type { Config } from "./config.ts";
import { isRemoteDatabase } from "./config_derived.ts";
import { parseServer, ValueError } from "./config_values.ts";
import { holdData } from "./hold_data.ts";
import { withWords } from "./operator_words.ts";
import { createRegistryStore, readServerName, writeServerName } from "./registry/store.ts";
import { openRegistryFile } from "./registry_database.ts";
import { dataPaths } from "./staged_restore.ts";
import { StartFault } from "./start_fault.ts";

/**
 * The command `server rename`: gives a stopped server another public name. Registrations stay as their owners signed them; until
 * they sign for the new name, others do not take them for proven. (Specification page 8)
 *
 * @returns the exit code
 */
export function runRename(config: Config, newName: string): Promise<number> {
  return withWords(async () => {
    const name = parseName(newName);
    const { registry } = dataPaths(config);
    if (!isRemoteDatabase(config) && !statIfThere(registry)?.isFile) {
      throw new StartFault(`There is no ${registry}. Name the server's folder with --data.`);
    }
    using _data = holdData(config);
    const { kv } = await openRegistryFile(registry);
    try {
      const before = await readServerName(kv);
      if (before === null) {
        throw new StartFault(
          `Nobody has registered here, so there is nothing to rename: start with --server ${name}.`,
        );
      }
      if (before === name) throw new StartFault(`Its name is ${name} already.`);
      await writeServerName(kv, name);
      const store = createRegistryStore(kv, { server: name });
      let people = 0;
      for await (const { state } of store.list()) if (state === "live") people++;
      console.log(`renamed from ${before} to ${name}: start it with --server ${name}`);
      console.log(
        `${people} registrations are signed for ${before}; the app signs anew when its owner opens it at the server's address`,
      );
      return 0;
    } finally {
      kv.close();
    }
  });
}

function parseName(text: string): string {
  try {
    return parseServer(text);
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    throw new StartFault(error.message, { cause: error });
  }
}
