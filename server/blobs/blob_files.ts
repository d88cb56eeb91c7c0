import { createHash } from "node:crypto";
import { join } from "node:path";
import { bytesToHex } from "../../protocol/bytes.ts";

/** A blob that is being written, under a name of its own until it is whole. */
export interface BlobDraft {
  /** Bytes so far. */
  readonly size: number;
  /** The first bytes, by which its kind is known. */
  readonly head: Uint8Array;
  write(chunk: Uint8Array): Promise<void>;
  /** Ends writing, on disk. Gives the SHA-256 in hex. */
  finish(): Promise<string>;
  /** Makes it the blob of its SHA-256; one that is there already stays. Call `finish` first. */
  keep(): Promise<void>;
  /** Throws it away, whatever its state; harmless after `keep`. */
  discard(): Promise<void>;
}

/** Blobs as files: `<folder>/<first two hex>/<sha256>`, each written whole or not at all. */
export interface BlobFiles {
  create(): Promise<BlobDraft>;
  /** From byte `start` up to and without `end`; null where there is no such blob. Cancelling the stream closes the file. */
  read(sha256: string, range: { start: number; end: number }): Promise<ReadableStream | null>;
  remove(sha256: string): Promise<void>;
  /** Every blob that is there. */
  names(): AsyncIterable<string>;
  /** Throws drafts away that nobody works on any more. */
  removeDrafts(): Promise<void>;
}

const DRAFTS = "drafts";
const HEAD_BYTES = 16;
const CHUNK_BYTES = 64 * 1024;
const NAME = /^[0-9a-f]{64}$/;

/** Opens the folder of blobs, and makes it where there is none. */
export async function openBlobFiles(folder: string): Promise<BlobFiles> {
  const drafts = join(folder, DRAFTS);
  await Deno.mkdir(drafts, { recursive: true, mode: 0o700 });
  const pathOf = (sha256: string) => join(folder, sha256.slice(0, 2), sha256);

  return {
    create: () => createDraft(join(drafts, crypto.randomUUID()), pathOf),
    read: (sha256, range) => readRange(pathOf(sha256), range),
    remove: (sha256) => removeIfThere(pathOf(sha256)),
    async *names() {
      for await (const { name } of Deno.readDir(folder)) {
        if (name === DRAFTS) continue;
        for await (const file of Deno.readDir(join(folder, name))) {
          if (NAME.test(file.name)) yield file.name;
        }
      }
    },
    async removeDrafts() {
      for await (const { name } of Deno.readDir(drafts)) await removeIfThere(join(drafts, name));
    },
  };
}

async function createDraft(
  path: string,
  pathOf: (sha256: string) => string,
): Promise<BlobDraft> {
  const file = await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
  const hash = createHash("sha256");
  let head = new Uint8Array();
  let size = 0;
  let sha256: string | null = null;
  let isOpen = true;

  function close(): void {
    if (isOpen) file.close();
    isOpen = false;
  }

  return {
    get size() {
      return size;
    },
    get head() {
      return head;
    },
    async write(chunk) {
      if (head.length < HEAD_BYTES) {
        head = Uint8Array.of(...head, ...chunk.subarray(0, HEAD_BYTES - head.length));
      }
      hash.update(chunk);
      size += chunk.length;
      for (let at = 0; at < chunk.length;) at += await file.write(chunk.subarray(at));
    },
    async finish() {
      await file.sync();
      close();
      return sha256 = bytesToHex(hash.digest());
    },
    async keep() {
      const target = pathOf(sha256!);
      await Deno.mkdir(join(target, ".."), { recursive: true, mode: 0o700 });
      await Deno.rename(path, target);
    },
    async discard() {
      close();
      await removeIfThere(path);
    },
  };
}

async function readRange(
  path: string,
  { start, end }: { start: number; end: number },
): Promise<ReadableStream | null> {
  const file = await Deno.open(path).catch(ignoreMissing);
  if (!file) return null;
  const closeAfter = (error: unknown): never => {
    file.close();
    throw error;
  };
  if (start > 0) await file.seek(start, Deno.SeekMode.Start).catch(closeAfter);
  // What ends with the file is sent by Deno itself; chunks that pass through here wait for the garbage collector.
  if (end === (await file.stat().catch(closeAfter)).size) return file.readable;
  let left = end - start;
  return new ReadableStream({
    type: "bytes",
    async pull(controller) {
      const chunk = new Uint8Array(Math.min(CHUNK_BYTES, left));
      const count = left > 0 ? await file.read(chunk).catch(closeAfter) : null;
      if (count === null) {
        file.close();
        controller.close();
        controller.byobRequest?.respond(0);
        return;
      }
      left -= count;
      controller.enqueue(chunk.subarray(0, count));
    },
    cancel: () => file.close(),
  });
}

async function removeIfThere(path: string): Promise<void> {
  await Deno.remove(path).catch(ignoreMissing);
}

function ignoreMissing(error: unknown): null {
  if (error instanceof Deno.errors.NotFound) return null;
  throw error;
}
