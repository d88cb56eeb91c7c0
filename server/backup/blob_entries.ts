import { createHash } from "node:crypto";
import { join } from "node:path";
import type { BlobIndex } from "../blobs/blob_index.ts";
import type { BackupFile } from "./backup_format.ts";

const CHUNK_BYTES = 1024 * 1024;

/** What could not be taken into a backup. */
export interface MissedBlobs {
  /** Went while the backup was made, or were missing before. */
  gone: number;
  /** Are not what their name says: the disk has changed them. */
  damaged: number;
}

export type FileEntry = BackupFile & { content: AsyncIterable<Uint8Array> };

/**
 * The blobs that the copied index names, in the order of their names. One that is not there (any more), or is damaged, is struck out
 * of the copied index, so that the backup promises nothing that it does not hold.
 *
 * @param folder `<data>/blobs` of the running server
 * @param index the copy's
 * @param missed is counted up
 */
export async function* readBlobs(
  { folder, index, missed }: { folder: string; index: BlobIndex; missed: MissedBlobs },
): AsyncGenerator<FileEntry> {
  for await (const [sha256] of index.all()) {
    using file = await openIfThere(join(folder, sha256.slice(0, 2), sha256));
    if (file !== null && await hashOf(file) === sha256) {
      await file.seek(0, Deno.SeekMode.Start);
      const { size } = await file.stat();
      yield { name: `blobs/${sha256}`, bytes: size, content: contentOf(file) };
      continue;
    }
    if (file === null) missed.gone++;
    else missed.damaged++;
    for (const pubkey of await index.owners(sha256)) await index.disown(sha256, pubkey);
    await index.forget(sha256);
  }
}

/** A file of the snapshot. */
export async function* readWhole(name: string, path: string): AsyncGenerator<FileEntry> {
  using file = await Deno.open(path);
  const { size } = await file.stat();
  yield { name, bytes: size, content: contentOf(file) };
}

/** Every piece is the same memory again: use it before the next one is asked for. */
export async function* contentOf(file: Deno.FsFile): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(CHUNK_BYTES);
  for (;;) {
    const count = await file.read(buffer);
    if (count === null) return;
    yield buffer.subarray(0, count);
  }
}

async function hashOf(file: Deno.FsFile): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of contentOf(file)) hash.update(chunk);
  return hash.digest("hex");
}

async function openIfThere(path: string): Promise<Deno.FsFile | null> {
  try {
    return await Deno.open(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
