import { tooLarge } from "../http_body.ts";
import { createKeyedQueue } from "../keyed_queue.ts";
import { Problem } from "../problems.ts";
import type { BlobDraft, BlobFiles } from "./blob_files.ts";
import type { BlobIndex, BlobRecord, OwnedBlob } from "./blob_index.ts";
import { typeOfBytes } from "./blob_type.ts";
import type { ByteRange } from "./byte_range.ts";

/** What blobs may take up. */
export interface BlobLimits {
  maxBytes: number;
  quotaBytes: number;
}

/** A blob as it was found. */
export interface FoundBlob extends BlobRecord {
  sha256: string;
}

/** The blobs of this server. (Blossom BUD-01, 02, 06; specification page 3) */
export interface Blobs {
  /**
   * Tells whether an upload of so many bytes would be taken.
   *
   * @throws Problem `too_large`, `quota_exceeded`, `storage_full`
   */
  checkRoom(pubkey: string, size: number): Promise<void>;
  /**
   * Takes an upload, streaming: no more than a chunk of it is in memory, and nothing of it stays where it fails.
   *
   * @param accept is given the SHA-256 of what came, and throws where that was not allowed
   * @throws Problem `too_large`, `quota_exceeded`, `storage_full`, `malformed` where it is empty, what `accept` and `body` throw
   */
  upload(upload: {
    pubkey: string;
    body: AsyncIterable<Uint8Array>;
    accept(sha256: string): void;
  }): Promise<{ sha256: string; blob: OwnedBlob; isNew: boolean }>;
  find(sha256: string): Promise<FoundBlob | null>;
  /** The bytes of a range; null where the blob has gone meanwhile. Notes that it is still wanted. */
  read(blob: FoundBlob, range: ByteRange): Promise<ReadableStream | null>;
  /** Newest first. */
  list(pubkey: string): Promise<[sha256: string, OwnedBlob][]>;
  /** Takes a blob from its owner, and away where nobody else has it. @throws Problem `not_found` */
  remove(sha256: string, pubkey: string): Promise<void>;
  /** Takes all blobs of an owner away. */
  removeAllOf(pubkey: string): Promise<void>;
  /** Takes away what {@link SweepRules} say is past keeping. */
  sweep(rules: SweepRules): Promise<number>;
}

export interface SweepRules {
  nowMs: number;
  unusedMs: number;
  /** True where a profile of one of the owners names the blob. */
  isNamed(sha256: string, owners: string[]): boolean;
}

const DAY_MS = 86_400_000;
/** Part of the disk that stays free. */
const MIN_FREE = 0.05;
/** An upload asks anew how full the disk is after so many bytes: others write as well. */
const BYTES_A_LOOK = 2 ** 20;
/** Blobs of one owner: a file takes more of a disk than its bytes, and a list is made in memory. */
const QUOTA_BLOBS = 10_000;

/**
 * Joins files and index.
 *
 * @param freeShare the part of the disk that is free, from 0 to 1
 */
export function createBlobs(
  { files, index, limits, freeShare, nowMs, quotaBlobs = QUOTA_BLOBS }: {
    files: BlobFiles;
    index: BlobIndex;
    limits: BlobLimits;
    freeShare(): Promise<number>;
    nowMs(): number;
    quotaBlobs?: number;
  },
): Blobs {
  const { maxBytes, quotaBytes } = limits;
  /** Whether a blob has owners, and whether its file is there, changes together. */
  const inTurn = createKeyedQueue();
  /** Bytes of drafts, by whose they are: they take up the disk as well. */
  const drafted = new Map<string, number>();

  async function checkRoom(pubkey: string, size: number): Promise<void> {
    if (size > maxBytes) throw tooLarge(maxBytes);
    if (await index.usage(pubkey) + size > quotaBytes) throw quotaExceeded(quotaBytes);
    await checkDisk();
  }

  async function checkDisk(): Promise<void> {
    if (await freeShare() < MIN_FREE) throw storageFull();
  }

  async function receive(
    draft: BlobDraft,
    { body, count }: { body: AsyncIterable<Uint8Array>; count(bytes: number): void },
  ): Promise<string> {
    let nextLookBytes = BYTES_A_LOOK;
    for await (const chunk of body) {
      if (draft.size + chunk.length > maxBytes) throw tooLarge(maxBytes);
      count(chunk.length);
      if (draft.size >= nextLookBytes) {
        nextLookBytes += BYTES_A_LOOK;
        await checkDisk();
      }
      await draft.write(chunk).catch(asStorageFull);
    }
    if (draft.size === 0) throw new Problem("malformed", "Send the bytes of the blob as the body.");
    return await draft.finish();
  }

  /** Counts what an owner's drafts take; together they may not take more than the quota. */
  function draftOf(pubkey: string) {
    let own = 0;
    const add = (bytes: number) => {
      own += bytes;
      const all = (drafted.get(pubkey) ?? 0) + bytes;
      if (all === 0) drafted.delete(pubkey);
      else drafted.set(pubkey, all);
      return all;
    };
    return {
      count(bytes: number) {
        if (add(bytes) > quotaBytes) throw quotaExceeded(quotaBytes);
      },
      end: () => void add(-own),
    };
  }

  /** Inside the blob's turn. */
  async function removeIfUnowned(sha256: string): Promise<boolean> {
    if ((await index.owners(sha256)).length > 0) return false;
    // A record without a file would be a promise; a file without a record goes with the next sweep.
    await index.forget(sha256);
    await files.remove(sha256);
    return true;
  }

  async function disown(sha256: string, pubkey: string): Promise<boolean> {
    return await inTurn(sha256, async () => {
      const wasOwned = await index.disown(sha256, pubkey);
      if (wasOwned) await removeIfUnowned(sha256);
      return wasOwned;
    });
  }

  return {
    checkRoom,
    async upload({ pubkey, body, accept }) {
      await checkRoom(pubkey, 0);
      const draft = await files.create();
      const { count, end } = draftOf(pubkey);
      try {
        const sha256 = await receive(draft, { body, count });
        accept(sha256);
        return await inTurn(sha256, async () => {
          const before = await index.owned(pubkey, sha256);
          await draft.keep();
          const added = { sha256, pubkey, size: draft.size, type: typeOfBytes(draft.head) };
          const quota = { quotaBytes, quotaBlobs };
          if (!await index.add({ ...added, nowMs: nowMs() }, quota)) {
            await removeIfUnowned(sha256);
            throw quotaExceeded(quotaBytes);
          }
          const blob = await index.owned(pubkey, sha256);
          return { sha256, blob: blob!, isNew: before === null };
        });
      } finally {
        end();
        await draft.discard();
      }
    },
    async find(sha256) {
      const record = await index.find(sha256);
      return record && { ...record, sha256 };
    },
    async read(blob, range) {
      const stream = await files.read(blob.sha256, range);
      const fetchedAtMs = nowMs();
      if (stream && fetchedAtMs - blob.fetchedAtMs > DAY_MS) {
        await index.touch(blob.sha256, fetchedAtMs);
      }
      return stream;
    },
    async list(pubkey) {
      const owned = await index.ownedBy(pubkey);
      return owned.sort(([, a], [, b]) => b.uploadedAtMs - a.uploadedAtMs);
    },
    async remove(sha256, pubkey) {
      if (!await disown(sha256, pubkey)) {
        throw new Problem("not_found", "There is no such blob of yours here.");
      }
    },
    async removeAllOf(pubkey) {
      for (const [sha256] of await index.ownedBy(pubkey)) await disown(sha256, pubkey);
    },
    async sweep({ nowMs, unusedMs, isNamed }) {
      let removed = 0;
      for await (const [sha256, { fetchedAtMs }] of index.all()) {
        const owners = await index.owners(sha256);
        if (nowMs - fetchedAtMs <= unusedMs || isNamed(sha256, owners)) continue;
        for (const pubkey of owners) await disown(sha256, pubkey);
        removed++;
      }
      for await (const sha256 of files.names()) {
        await inTurn(sha256, async () => {
          if (!await index.find(sha256)) await files.remove(sha256);
        });
      }
      return removed;
    },
  };
}

function asStorageFull(error: unknown): never {
  // ENOSPC and EDQUOT have no class of their own.
  const isFull = error instanceof Error &&
    /no space|quota|os error (?:28|122)/i.test(error.message);
  throw isFull ? storageFull() : error;
}

function quotaExceeded(quotaBytes: number): Problem {
  return new Problem(
    "quota_exceeded",
    `Your files here may take ${quotaBytes} bytes. Delete some, then try again.`,
  );
}

function storageFull(): Problem {
  return new Problem("storage_full", "The server's disk is nearly full. Tell its host.");
}
