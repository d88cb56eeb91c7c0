import { isThere, statIfThere } from "../if_there.ts";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { BlobIndex } from "../blobs/blob_index.ts";
import { StartFault } from "../start_fault.ts";
import { syncFolder } from "../sync_folder.ts";
import { type BackupManifest, encodeBackup, REGISTRY_FILE, RELAY_FILE } from "./backup_format.ts";
import { type FileEntry, type MissedBlobs, readBlobs, readWhole } from "./blob_entries.ts";
import { copyDatabases } from "./database_copy.ts";
import { openWorkshop } from "./workshop.ts";

/** The registry as the backup needs to know it. */
export interface CopiedRegistry extends Disposable {
  schema: number;
  server: string | null;
  index: BlobIndex;
}

export interface BackupSource {
  /** Of the running server. */
  registryPath: string;
  relayPath: string;
  blobsFolder: string;
  version: string;
  /** Opens a copy of the registry's database. @throws StartFault where a newer version wrote it */
  openRegistry(path: string): Promise<CopiedRegistry>;
  nowMs(): number;
}

export interface WrittenBackup {
  path: string;
  manifest: BackupManifest;
  bytes: number;
  blobs: number;
  missed: MissedBlobs;
}

/**
 * Writes a backup of a server, which may be running: nothing there is locked or changed. The file appears under its name when it is
 * whole and on the disk, for its owner alone.
 *
 * @param nameFor says where it shall lie, once it is known whose it is; nothing may be there yet
 * @throws StartFault where there is nothing to copy, or what there is cannot be read; the signal's reason
 */
export async function writeBackup(
  source: BackupSource,
  { folder, nameFor, signal }: {
    folder: string;
    nameFor(manifest: BackupManifest): string;
    signal: AbortSignal;
  },
): Promise<WrittenBackup> {
  if (!statIfThere(source.registryPath)) {
    throw new StartFault(
      `There is no ${source.registryPath}: no server has kept anything there. Name its folder with --data.`,
    );
  }
  await using workshop = await openWorkshop(folder);
  const inside = (name: string) => join(workshop.path, name);
  // An empty one is what restore lays down where there was none.
  const hasRelay = (statIfThere(source.relayPath)?.size ?? 0) > 0;
  await copyDatabases([
    { from: source.registryPath, to: inside(REGISTRY_FILE) },
    ...(hasRelay ? [{ from: source.relayPath, to: inside(RELAY_FILE) }] : []),
  ]);
  const missed: MissedBlobs = { gone: 0, damaged: 0 };
  using open = new DisposableStack();
  const registry = open.use(await source.openRegistry(inside(REGISTRY_FILE)));
  const relay = hasRelay ? inside(RELAY_FILE) : null;
  const { schema: registrySchema, server } = registry;
  const { version } = source;
  const relaySchema = relay === null ? null : schemaOf(relay);
  const manifest = { madeAtMs: source.nowMs(), version, server, registrySchema, relaySchema };
  const path = join(folder, nameFor(manifest));
  if (isThere(path)) {
    throw new StartFault(`${path} is there already. Give another name, or a folder.`);
  }
  let blobs = 0;
  async function* files(): AsyncGenerator<FileEntry> {
    for await (
      const blob of readBlobs({ folder: source.blobsFolder, index: registry.index, missed })
    ) {
      blobs++;
      yield blob;
    }
    open.dispose();
    settle(inside(REGISTRY_FILE));
    yield* readWhole(REGISTRY_FILE, inside(REGISTRY_FILE));
    if (relay !== null) yield* readWhole(RELAY_FILE, relay);
  }
  const bytes = await writeAll(
    inside("backup"),
    encodeBackup({ manifest, files: files() }),
    signal,
  );
  await Deno.rename(inside("backup"), path);
  syncFolder(dirname(path));
  return { path, manifest, bytes, blobs, missed };
}

async function writeAll(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<number> {
  using file = await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
  let bytes = 0;
  for await (const chunk of chunks) {
    signal.throwIfAborted();
    for (let at = 0; at < chunk.length;) at += await file.write(chunk.subarray(at));
    bytes += chunk.length;
  }
  await file.sync();
  return bytes;
}

/** What was struck out of the index is still in the log beside the copy. */
function settle(path: string): void {
  using stack = new DisposableStack();
  const db = stack.adopt(new DatabaseSync(path), (db) => db.close());
  db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").all();
}

function schemaOf(path: string): number {
  using stack = new DisposableStack();
  const db = stack.adopt(new DatabaseSync(path), (db) => db.close());
  return (db.prepare("PRAGMA user_version").get() as { user_version: number }).user_version;
}
