import { isThere, removeIfThere } from "./if_there.ts";
import { dirname, join } from "node:path";
import type { Config } from "./config.ts";
import { relayDatabasePath } from "./config_derived.ts";
import { StartFault } from "./start_fault.ts";
import { syncFolder } from "./sync_folder.ts";

/**
 * A restore lays the new data beside the old, each under its name with `.kez-chat-restore`; then it writes the marker, by one rename, and from
 * then on it is only a matter of moving. Whoever holds the data next does what an ended process has left: with the marker
 * the rest of the moving, without it the removal of what was laid down. So there is the old data or the new, and never a mixture.
 */
const MARKER = "restore.json";
const UNWRITTEN_MARKER = `${MARKER}.part`;
const STAGED = ".kez-chat-restore";
const OLD = ".kez-chat-replaced";

/** What belongs to a SQLite database; the file itself goes last. */
const SUFFIXES = ["-wal", "-shm", "-journal", ""];

type DataPaths = Pick<Config, "dataDir" | "dbPath">;

/** Where a restored server's data will lie, and where it waits until then. */
export interface StagedPaths {
  registry: string;
  relay: string;
  blobs: string;
}

/** The three places of a server's data. */
export function dataPaths({ dataDir, dbPath }: DataPaths): StagedPaths {
  return { registry: dbPath, relay: relayDatabasePath({ dataDir }), blobs: join(dataDir, "blobs") };
}

/** The places beside them, in the same file systems. */
export function stagedPaths(data: DataPaths): StagedPaths {
  const { registry, relay, blobs } = dataPaths(data);
  return { registry: registry + STAGED, relay: relay + STAGED, blobs: blobs + STAGED };
}

/** From here on the restore will happen, whatever ends this process. What is staged has to be whole and on the disk. */
export function commitRestore({ dataDir, dbPath }: DataPaths): void {
  const marker = join(dataDir, MARKER);
  const part = join(dataDir, UNWRITTEN_MARKER);
  const file = Deno.openSync(part, { write: true, create: true, truncate: true, mode: 0o600 });
  try {
    file.writeSync(new TextEncoder().encode(JSON.stringify({ dbPath })));
    file.syncSync();
  } finally {
    file.close();
  }
  Deno.renameSync(part, marker);
  syncFolder(dataDir);
}

/**
 * Completes a restore that was committed, or throws away what one has left that was not. Call it with the locks held; it is
 * harmless where no restore was.
 */
export function finishRestore(data: DataPaths): void {
  const committed = readMarker(data.dataDir);
  const all = { ...data, ...committed };
  if (committed !== null) {
    moveAll(all);
    Deno.removeSync(join(data.dataDir, MARKER));
    syncFolder(data.dataDir);
  }
  for (const path of leftovers(all)) removeIfThere(path, { recursive: true });
}

/** @throws StartFault where a restore was committed and is not finished: what lies there is a mixture */
export function refuseHalfRestored({ dataDir }: Pick<Config, "dataDir">): void {
  if (readMarker(dataDir) === null) return;
  throw new StartFault(
    `A restore into ${dataDir} was interrupted. Start the server, which completes it, then try again.`,
  );
}

function readMarker(dataDir: string): { dbPath: string } | null {
  try {
    return JSON.parse(Deno.readTextFileSync(join(dataDir, MARKER)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** Does what is left to do: what is not staged any more has been moved. */
function moveAll(data: DataPaths): void {
  const targets = dataPaths(data);
  for (const [name, staged] of Object.entries(stagedPaths(data))) {
    if (!isThere(staged)) continue;
    const target = targets[name as keyof StagedPaths];
    for (const suffix of SUFFIXES) {
      if (isThere(target + suffix)) Deno.renameSync(target + suffix, target + OLD + suffix);
    }
    Deno.renameSync(staged, target);
    syncFolder(dirname(target));
  }
}

/** What is staged and what was replaced; a staged database that was being looked through has its companions too. */
function leftovers(data: DataPaths): string[] {
  const old = Object.values(dataPaths(data)).map((path) => path + OLD);
  const laid = [...Object.values(stagedPaths(data)), ...old].flatMap((path) =>
    SUFFIXES.map((suffix) => path + suffix)
  );
  return [...laid, join(data.dataDir, UNWRITTEN_MARKER)];
}
