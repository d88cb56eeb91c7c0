import { promises as fs } from "node:fs";
import { join } from "node:path";
import type { Log } from "../log.ts";
import { openBlobFiles } from "./blob_files.ts";
import { type BlobIndex, createBlobIndex } from "./blob_index.ts";
import { startBlobSweep } from "./blob_sweep.ts";
import { type BlobLimits, type Blobs, createBlobs } from "./blobs.ts";

/** The blobs of a running server. */
export interface OpenBlobs {
  blobs: Blobs;
  /** What all blobs take by the index, in bytes; counted at most once a minute. */
  usedBytes(): Promise<number>;
  /** Takes all blobs of a nostr key away, soon. */
  removeAllOf(pubkey: string): void;
  /** Ends the sweeping. */
  stop(): Promise<void>;
}

/** What blobs need to know of the rest. */
export interface BlobsDeps {
  dataDir: string;
  kv: Deno.Kv;
  limits: BlobLimits;
  /** True where the nostr key is that of a registered identity. */
  isMemberKey(pubkey: string): boolean;
  /** The content of the profile of a nostr key, if there is one. */
  profileOf(pubkey: string): string | null;
  nowMs(): number;
  log: Log;
}

/** Opens `<data>/blobs`, throws away what a crash left half-written, and begins to sweep. */
export async function openBlobs(
  { dataDir, kv, limits, isMemberKey, profileOf, nowMs, log }: BlobsDeps,
): Promise<OpenBlobs> {
  const folder = join(dataDir, "blobs");
  const files = await openBlobFiles(folder);
  await files.removeDrafts();
  const index = createBlobIndex(kv);
  const freeShare = async () => {
    const { bavail, blocks } = await fs.statfs(folder);
    return bavail / blocks;
  };
  const blobs = createBlobs({ files, index, limits, freeShare, nowMs });
  const isNamed = (sha256: string, owners: string[]) =>
    owners.some((pubkey) => profileOf(pubkey)?.includes(sha256));
  const owners = index.everyOwner;
  const sweep = startBlobSweep({ blobs, owners, isMemberKey, isNamed, nowMs, log });
  const usedBytes = createUsedBytes(index, nowMs);
  return { blobs, usedBytes, removeAllOf: sweep.removeAllOf, stop: sweep.stop };
}

/** A blob of several owners counts for each, as in their quotas. */
function createUsedBytes(index: BlobIndex, nowMs: () => number): () => Promise<number> {
  let counted: Promise<number> | null = null;
  let countedAtMs = 0;
  const count = async (): Promise<number> => {
    let bytes = 0;
    for await (const pubkey of index.everyOwner()) bytes += await index.usage(pubkey);
    return bytes;
  };
  return () => {
    if (counted && nowMs() - countedAtMs < 60_000) return counted;
    countedAtMs = nowMs();
    return counted = count();
  };
}
