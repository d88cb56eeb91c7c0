import { join } from "node:path";
import type { Config } from "./config.ts";
import { isRemoteDatabase } from "./config_derived.ts";
import type { ServiceManager } from "./service_manager.ts";
import { IS_EXECUTABLE } from "./version.ts";

/** What the server's code is read from, below the program's own folder. */
const OWN_FILES = ["server", "protocol", "node_modules", "deno.json"];

/** SQLite's own files beside a database. */
const DATABASE_SUFFIXES = ["", "-wal", "-shm", "-journal"];

/** What `ws` asks for while it loads; it would not load without an answer. In an executable the answers are built in. */
const LIBRARY_VARIABLES = ["WS_NO_BUFFER_UTIL", "WS_NO_UTF_8_VALIDATE"];

/**
 * Everything that the running server may do: use the network, read its code, its client and its data, write its
 * data. It cannot start a program, load a library, or ask about the machine more
 * than how full its disk is. (Specification page 8)
 *
 * @param homeDir the folder that the program lies in
 * @param manager is told how the server is
 */
export function workerPermissions(
  { dataDir, dbPath, webDir, nats }: Pick<Config, "dataDir" | "dbPath" | "webDir" | "nats">,
  { homeDir, manager }: { homeDir: string; manager: ServiceManager | null },
): Deno.PermissionOptionsObject {
  const isRemote = isRemoteDatabase({ dbPath });
  const data = [
    dataDir,
    ...(isRemote ? [] : DATABASE_SUFFIXES.map((suffix) => dbPath + suffix)),
  ];
  const variables = [
    ...(IS_EXECUTABLE ? [] : LIBRARY_VARIABLES),
    ...(isRemote ? ["DENO_KV_ACCESS_TOKEN"] : []),
  ];
  const told = manager === null ? [] : [manager.socketPath];
  const code = OWN_FILES.map((name) => join(homeDir, name));
  const named = [webDir, nats.issuerSeedFile, nats.calloutSecretFile].filter((path) =>
    path !== null
  );
  return {
    read: [...data, ...told, ...code, ...named],
    write: [...data, ...told],
    net: true,
    env: variables.length > 0 && variables,
    import: false,
    run: false,
    ffi: false,
    // How much of the disk is free.
    sys: ["statfs"],
  };
}
