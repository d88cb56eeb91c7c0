import { promises as fs } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { backupName, removeOlderBackups } from "./backup/kept_backups.ts";
import type { BackupSummary } from "./backup/backup_format.ts";
import { stageBackup, verifyBackup } from "./backup/restore_backup.ts";
import { type CopiedRegistry, writeBackup, type WrittenBackup } from "./backup/write_backup.ts";
import { createBlobIndex } from "./blobs/blob_index.ts";
import type { Config } from "./config.ts";
import { isRemoteDatabase, serverName } from "./config_derived.ts";
import { refuseRoot } from "./data_folder.ts";
import { onEndSignal } from "./end_signals.ts";
import { holdData } from "./hold_data.ts";
import { isThere, statIfThere } from "./if_there.ts";
import { noteBackup } from "./last_backup.ts";
import { isDiskFull } from "./file_fault.ts";
import { say, withWords } from "./operator_words.ts";
import { readServerName } from "./registry/store.ts";
import { openRegistryFile, REGISTRY_SCHEMA_VERSION } from "./registry_database.ts";
import { SCHEMA_VERSION as RELAY_SCHEMA_VERSION } from "./relay/store/store_schema.ts";
import {
  commitRestore,
  dataPaths,
  finishRestore,
  refuseHalfRestored,
  stagedPaths,
} from "./staged_restore.ts";
import { StartFault } from "./start_fault.ts";
import { VERSION } from "./version.ts";

const KNOWN = { registrySchema: REGISTRY_SCHEMA_VERSION, relaySchema: RELAY_SCHEMA_VERSION };

/** Ended by a signal, with the exit code that says so. */
class Stopped extends Error {
  constructor(readonly exitCode: number) {
    super("stopped");
  }
}

/**
 * The commands `backup` and `restore`, as they were written.
 *
 * @returns the exit code
 */
export function backupCommand(
  config: Config,
  { command, words, commandFlags }: {
    command: "backup" | "restore";
    words: readonly string[];
    commandFlags: ReadonlyMap<string, string>;
  },
): Promise<number> {
  const [path] = words;
  return withWords(() =>
    untilSignal((signal) => {
      if (isRemoteDatabase(config) && !commandFlags.has("verify")) {
        throw new StartFault(
          "The registry lies in a remote database, which is backed up and restored where it runs.",
        );
      }
      if (command === "restore") {
        return restore(config, { path: path!, force: commandFlags.has("force"), signal });
      }
      const [verified, keep] = [commandFlags.get("verify"), commandFlags.get("keep")];
      if (verified !== undefined) {
        if (path === undefined && keep === undefined) return verifyOnly(verified);
        throw new StartFault("--verify makes no backup: give it the file alone.");
      }
      if (path === undefined) throw new StartFault("Name the file or folder: kez-chat backup FILE");
      return backup(config, { target: path, keep: parseKeep(keep), signal });
    })
  );
}

function parseKeep(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new StartFault(`--keep: ${JSON.stringify(text)} is not a number from 1.`);
}

/**
 * One file with everything that the server keeps.
 *
 * @param target a file that is not there yet, or a folder, in which it gets a name with server and time
 * @param keep how many backups stay in that folder, of those that got their names there; null: all
 */
async function backup(
  config: Config,
  { target, keep, signal }: { target: string; keep: number | null; signal: AbortSignal },
): Promise<number> {
  if (isFolder(config.dataDir)) refuseRoot(config.dataDir);
  refuseHalfRestored(config);
  const isIntoFolder = isFolder(target);
  if (keep !== null && !isIntoFolder) {
    throw new StartFault("--keep is for backups into a folder: name one that is there.");
  }
  const folder = isIntoFolder ? resolve(target) : dirname(resolve(target));
  if (!isFolder(folder)) throw new StartFault(`There is no folder ${folder}.`);
  const { registry, relay, blobs } = dataPaths(config);
  const ownName = serverName(config, config.bind.port);
  const written = await writeBackup({
    ...{ registryPath: registry, relayPath: relay, blobsFolder: blobs },
    ...{ version: VERSION, openRegistry: openCopy, nowMs: Date.now },
  }, {
    folder,
    signal,
    nameFor: ({ server, madeAtMs }) =>
      isIntoFolder
        ? backupName({ server: server ?? ownName, madeAtMs })
        : basename(resolve(target)),
  });
  await noteBackup(config.dataDir, written.manifest.madeAtMs);
  const exitCode = tellWritten(written);
  if (keep === null) return exitCode;
  const server = written.manifest.server ?? ownName;
  for (const name of await removeOlderBackups(folder, { server, keep })) {
    console.log(`removed ${name}`);
  }
  return exitCode;
}

function tellWritten({ path, manifest, bytes, blobs, missed }: WrittenBackup): number {
  console.log(`${path}: ${describe({ server: manifest.server, blobs, bytes })}`);
  if (missed.gone > 0) {
    say(`${missed.gone} files were removed meanwhile, or missing; they are not in it`);
  }
  if (missed.damaged === 0) return 0;
  say(`${missed.damaged} files are damaged on the disk; they are not in it, everything else is`);
  return 1;
}

function describe(
  { server, blobs, bytes }: { server: string | null; blobs: number; bytes: number },
): string {
  return `${server ?? "nobody has registered"}, ${blobs} files, ${sizeText(bytes)}`;
}

function sizeText(bytes: number): string {
  return `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}

async function openCopy(path: string): Promise<CopiedRegistry> {
  const { kv, schema } = await openRegistryFile(path);
  const server = await readServerName(kv);
  return { schema, server, index: createBlobIndex(kv), [Symbol.dispose]: () => kv.close() };
}

async function verifyOnly(path: string): Promise<number> {
  console.log(`ok: ${describeWhole(await verify(path))}`);
  return 0;
}

function describeWhole({ manifest, blobs, bytes, sha256 }: BackupSummary): string {
  const { madeAtMs, version, server } = manifest;
  const made = `made ${new Date(madeAtMs).toISOString()} by version ${version}`;
  return `${describe({ server, blobs, bytes })}, ${made}, sha256 ${sha256}`;
}

/** What is wrong with the file is told with its name. */
async function verify(path: string): Promise<BackupSummary> {
  try {
    return await verifyBackup(path, KNOWN);
  } catch (error) {
    if (!(error instanceof StartFault)) throw error;
    throw new StartFault(`${path}: ${error.message}`, { cause: error });
  }
}

/**
 * A backup takes the place of everything that a stopped server keeps, or nothing is changed.
 *
 * @param force there may be data already, which then goes
 */
async function restore(
  config: Config,
  { path, force, signal }: { path: string; force: boolean; signal: AbortSignal },
): Promise<number> {
  const expected = await verify(path);
  using _data = holdData(config);
  if (!force) refuseOverwriting(config);
  const paths = stagedPaths(config);
  await refuseWithoutRoom(config.dataDir, expected);
  await stageBackup(path, { paths, expected, signal });
  commitRestore(config);
  finishRestore(config);
  await noteBackup(config.dataDir, expected.manifest.madeAtMs);
  console.log(`restored: ${describeWhole(expected)}`);
  const { server } = expected.manifest;
  if (server !== null && server !== serverName(config, config.bind.port)) {
    say(`its registrations are signed for ${server}: start with --server ${server}`);
  }
  return 0;
}

function refuseOverwriting(config: Config): void {
  const there = Object.values(dataPaths(config)).find(isThere);
  if (there === undefined) return;
  throw new StartFault(
    `${there} is there already. --force replaces everything in ${config.dataDir} by the backup.`,
  );
}

async function refuseWithoutRoom(
  folder: string,
  { bytes, files }: Pick<BackupSummary, "bytes" | "files">,
): Promise<void> {
  const { bavail, bsize } = await fs.statfs(folder);
  // The last block of each file, and its folder's.
  const needed = bytes + files * 2 * bsize;
  if (bavail * bsize >= needed) return;
  throw new StartFault(
    `The disk of ${folder} has ${sizeText(bavail * bsize)} free, and the backup needs ${
      sizeText(needed)
    }: what is there is removed only when the backup is here. Make room, then try again.`,
  );
}

function isFolder(path: string): boolean {
  return statIfThere(path)?.isDirectory ?? false;
}

/** A signal ends what goes on, and nothing of it stays. */
async function untilSignal(run: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const stop = new AbortController();
  onEndSignal((exitCode) => stop.abort(new Stopped(exitCode)));
  try {
    return await run(stop.signal);
  } catch (error) {
    if (error instanceof Stopped) return error.exitCode;
    if (!isDiskFull(error)) throw error;
    throw new StartFault("The disk is full. Make room, then try again; nothing was changed.", {
      cause: error,
    });
  }
}
