import { exportEvents } from "./admin/export_events.ts";
import { importEvents } from "./admin/import_events.ts";
import type { Config } from "./config.ts";
import { relayDatabasePath, relayPublicUrl, serverName } from "./config_derived.ts";
import { onEndSignal } from "./end_signals.ts";
import { holdData } from "./hold_data.ts";
import { createLog } from "./log.ts";
import { say, withWords } from "./operator_words.ts";
import { createRegistry } from "./registry/registry.ts";
import { openRegistryDatabase } from "./registry_database.ts";
import { openEventReader } from "./relay/store/event_reader.ts";
import { type Importer, openImporter } from "./relay/transfer/importer.ts";
import { refuseHalfRestored } from "./staged_restore.ts";

const EXIT_DAMAGED = 1;

/**
 * The command `export`: the relay's events on standard output, everything else on standard error.
 *
 * @param after an event's id; the export begins behind it
 * @returns the exit code
 */
export function runExport(config: Config, after: string | null): Promise<number> {
  return withWords(async () => {
    refuseHalfRestored(config);
    using reader = openEventReader(relayDatabasePath(config));
    const { events, sha256, gaps } = await exportEvents(reader, { after, write: writeOut });
    say(`${events} events, sha256 ${sha256}`);
    if (gaps === 0) return 0;
    say(`relay.db is damaged: what lies in ${gaps} of its places is not among them`);
    return EXIT_DAMAGED;
  });
}

/**
 * The command `import`: the events on standard input into the relay of a server that does not run.
 *
 * @returns the exit code
 */
export function runImport(config: Config): Promise<number> {
  return withWords(async () => {
    const stop = new AbortController();
    onEndSignal((exitCode) => stop.abort(exitCode));
    using _data = holdData(config);
    using importer = await openOfflineImporter(config);
    const { signal } = stop;
    const print = (line: string) => console.log(line);
    return await importEvents(importer, { input: Deno.stdin.readable, signal, print, say });
  });
}

/** Whose events are charged to whom, and who may remove what, follows from who is registered. */
async function openOfflineImporter(config: Config): Promise<Importer> {
  const { bind, relayBind, dbPath, fsync, retentionS, logLevel: level, logFormat: format } = config;
  const nowMs = Date.now;
  const server = serverName(config, bind.port);
  const publicUrl = relayPublicUrl(config, { server, relayPort: relayBind.port });
  using kv = await openRegistryDatabase(dbPath, server);
  const { members } = await createRegistry({ kv, server, relayUrl: () => publicUrl, nowMs });
  const write = (line: string) => console.error(line.trimEnd());
  const log = createLog({ level, format, write, nowMs });
  return openImporter({
    dbPath: relayDatabasePath(config),
    ...{ fsync, retentionS, members, publicUrl, nowMs, log },
  });
}

async function writeOut(bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await Deno.stdout.write(bytes.subarray(at));
}
