import { administrationCalls } from "./administration_calls.ts";
import type { CommandLine } from "./admin/command_line.ts";
import { handleCommand } from "./admin/handle_command.ts";
import { inviteCommand } from "./admin/invite_command.ts";
import { afterMs } from "./after_ms.ts";
import type { Config } from "./config.ts";
import { isRemoteDatabase, relayPublicUrl, serverName } from "./config_derived.ts";
import type { AskControl } from "./control/control_calls.ts";
import { connectControl } from "./control/control_client.ts";
import { holdData } from "./hold_data.ts";
import { statIfThere } from "./if_there.ts";
import { createLog, type Log } from "./log.ts";
import { say, withWords } from "./operator_words.ts";
import { createInvites } from "./registry/invite_store.ts";
import { createRegistry } from "./registry/registry.ts";
import { openRegistryDatabase } from "./registry_database.ts";
import { NO_SHARED_CHANGES, openSharedChanges } from "./shared_changes.ts";
import { StartFault } from "./start_fault.ts";
import { VERSION } from "./version.ts";

const COMMANDS = { invite: inviteCommand, handle: handleCommand };

/**
 * The commands `invite` and `handle`.
 *
 * @returns the exit code
 */
export function runAdministration(
  command: keyof typeof COMMANDS,
  { config, line }: { config: Config; line: Pick<CommandLine, "words" | "commandFlags"> },
): Promise<number> {
  const print = (text: string) => console.log(text);
  return withWords(async () => {
    await administer(config, (ask) => COMMANDS[command](line, { ask, print, say }));
    return 0;
  });
}

/**
 * Runs a command of administration. What it asks, the server answers that runs on the data; where none runs, this process
 * takes the data for itself and answers by the very same code. (Specification page 8)
 *
 * @throws StartFault with words for the operator
 */
async function administer<T>(
  config: Config,
  run: (ask: AskControl) => Promise<T>,
): Promise<T> {
  checkDataFolder(config.dataDir);
  using control = await connectControl(config.dataDir);
  return control ? await run(control.ask) : await administerOffline(config, run);
}

async function administerOffline<T>(
  config: Config,
  run: (ask: AskControl) => Promise<T>,
): Promise<T> {
  using _data = holdData(config);
  const server = serverName(config, config.bind.port);
  using kv = await openRegistryDatabase(config.dbPath, server);
  const nowMs = Date.now;
  // Servers elsewhere may share the registry, and have to hear of it.
  const changes = isRemoteDatabase(config)
    ? await openSharedChanges({ kv, nowMs, afterMs, log: logOf(config) })
    : NO_SHARED_CHANGES;
  const relayUrl = () => relayPublicUrl(config, { server, relayPort: config.relayBind.port });
  const calls = administrationCalls({
    server,
    version: VERSION,
    registration: config.registration,
    registry: await createRegistry({ kv, server, relayUrl, changes, nowMs }),
    invites: createInvites({ kv, nowMs }),
  });
  const { signal } = new AbortController();
  return await run(async (name, params, onPart = () => undefined) =>
    await calls[name]!(params, { send: async (part) => void await onPart(part), signal })
  );
}

function logOf({ logLevel: level, logFormat: format }: Config): Log {
  const write = (line: string) => console.error(line.trimEnd());
  return createLog({ level, format, write, nowMs: Date.now });
}

/** A mistyped folder would else be made, and found empty. */
function checkDataFolder(dataDir: string): void {
  if (statIfThere(dataDir)?.isDirectory) return;
  throw new StartFault(
    `There is no data folder ${dataDir}. Name the server's with --data, or start the server once.`,
  );
}
