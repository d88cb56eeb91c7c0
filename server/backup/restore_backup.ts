import { removeIfThere, statIfThere } from "../if_there.ts";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { errorText } from "../log.ts";
import { StartFault } from "../start_fault.ts";
import { checkPages } from "../storage_fault.ts";
import type { StagedPaths } from "../staged_restore.ts";
import { syncFolder } from "../sync_folder.ts";
import { NewerBackup } from "./backup_faults.ts";
import {
  type BackupManifest,
  type BackupSummary,
  type FileTaker,
  readBackup,
  REGISTRY_FILE,
  RELAY_FILE,
} from "./backup_format.ts";
import { contentOf } from "./blob_entries.ts";

/** The newest schemas that this version knows. */
export interface KnownSchemas {
  registrySchema: number;
  relaySchema: number;
}

/**
 * Reads a backup to its end and changes nothing.
 *
 * @throws StartFault where it cannot be read; DamagedBackup, NewerBackup
 */
export async function verifyBackup(path: string, known: KnownSchemas): Promise<BackupSummary> {
  using file = await openBackup(path);
  const summary = await readBackup(contentOf(file), () => Promise.resolve(null));
  refuseNewer(summary.manifest, known);
  return summary;
}

async function openBackup(path: string): Promise<Deno.FsFile> {
  try {
    if (statIfThere(path)?.isDirectory) {
      throw new StartFault("It is a folder. Name one of the backups in it.");
    }
    return await Deno.open(path);
  } catch (cause) {
    if (cause instanceof StartFault) throw cause;
    throw new StartFault(`It cannot be opened: ${unreadable(cause)}.`, { cause });
  }
}

function unreadable(cause: unknown): string {
  if (cause instanceof Deno.errors.NotFound) return "there is no such file";
  if (cause instanceof Deno.errors.PermissionDenied) return "this user may not read it";
  return errorText(cause);
}

function refuseNewer(manifest: BackupManifest, known: KnownSchemas): void {
  const { registrySchema, relaySchema, version } = manifest;
  if (registrySchema > known.registrySchema || (relaySchema ?? 0) > known.relaySchema) {
    throw new NewerBackup(`version ${version}`);
  }
}

/**
 * Lays the content of a backup that was verified before under the given paths, whole and on the disk, or leaves nothing there.
 *
 * @param expected what was verified; the file must be the same still
 * @throws StartFault where the file has changed, or a database in it is damaged; the signal's reason; what writing throws
 */
export async function stageBackup(
  path: string,
  { paths, expected, signal }: {
    paths: StagedPaths;
    expected: BackupSummary;
    signal: AbortSignal;
  },
): Promise<void> {
  using file = await openBackup(path);
  try {
    await Deno.mkdir(paths.blobs, { mode: 0o700 });
    const { sha256 } = await readBackup(
      untilAborted(contentOf(file), signal),
      ({ name }) => takeFile(targetOf(name, paths)),
    );
    if (sha256 !== expected.sha256) throw new StartFault("It has changed while it was read.");
    if (expected.manifest.relaySchema === null) await (await takeFile(paths.relay)).end();
    for (const database of [paths.registry, paths.relay]) checkStaged(database);
    syncTree(paths);
  } catch (error) {
    for (const staged of Object.values(paths)) {
      removeIfThere(staged, { recursive: true });
    }
    throw error;
  }
}

async function* untilAborted(
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    signal.throwIfAborted();
    yield chunk;
  }
}

function targetOf(name: string, paths: StagedPaths): string {
  if (name === REGISTRY_FILE) return paths.registry;
  if (name === RELAY_FILE) return paths.relay;
  const sha256 = name.slice("blobs/".length);
  return join(paths.blobs, sha256.slice(0, 2), sha256);
}

async function takeFile(path: string): Promise<FileTaker> {
  await Deno.mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
  return {
    async write(chunk) {
      for (let at = 0; at < chunk.length;) at += await file.write(chunk.subarray(at));
    },
    async end() {
      await file.sync();
      file.close();
    },
  };
}

/** The bytes are those of the backup: this finds a database that was damaged before it was made. */
function checkStaged(path: string): void {
  try {
    using stack = new DisposableStack();
    checkPages(stack.adopt(new DatabaseSync(path), (db) => db.close()));
  } catch (cause) {
    const [reason] = errorText(cause).split("\n", 1);
    throw new StartFault(`A database in it is damaged (${reason}). Use an earlier backup.`, {
      cause,
    });
  }
}

function syncTree({ registry, relay, blobs }: StagedPaths): void {
  for (const { name } of Deno.readDirSync(blobs)) syncFolder(join(blobs, name));
  for (const folder of new Set([blobs, dirname(registry), dirname(relay)])) syncFolder(folder);
}
