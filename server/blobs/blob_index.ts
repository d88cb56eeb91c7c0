/**
 * What is known of each blob, in Deno KV, all under `blobs`:
 *
 * | key | value |
 * | --- | --- |
 * | `["blobs", "blob", sha256]` | {@link BlobRecord} |
 * | `["blobs", "owner", sha256, pubkey]` | true |
 * | `["blobs", "owned", pubkey, sha256]` | {@link OwnedBlob} |
 * | `["blobs", "usage", pubkey]` | bytes of all blobs of the owner |
 * | `["blobs", "count", pubkey]` | how many these are |
 */
const blobKey = (sha256: string) => ["blobs", "blob", sha256];
const ownerKey = (sha256: string, pubkey: string) => ["blobs", "owner", sha256, pubkey];
const ownedKey = (pubkey: string, sha256: string) => ["blobs", "owned", pubkey, sha256];
const usageKey = (pubkey: string) => ["blobs", "usage", pubkey];
const countKey = (pubkey: string) => ["blobs", "count", pubkey];

export interface BlobRecord {
  size: number;
  /** What it is served as. */
  type: string;
  storedAtMs: number;
  /** Kept to the day: a blob that is looked at often is not written as often. */
  fetchedAtMs: number;
}

export interface OwnedBlob {
  size: number;
  type: string;
  uploadedAtMs: number;
}

/** The blobs of this server and whose they are. */
export interface BlobIndex {
  find(sha256: string): Promise<BlobRecord | null>;
  all(): AsyncIterable<[sha256: string, BlobRecord]>;
  owners(sha256: string): Promise<string[]>;
  ownedBy(pubkey: string): Promise<[sha256: string, OwnedBlob][]>;
  owned(pubkey: string, sha256: string): Promise<OwnedBlob | null>;
  usage(pubkey: string): Promise<number>;
  /** Everybody who has, or had, blobs here. */
  everyOwner(): AsyncIterable<string>;
  /**
   * Makes a blob the owner's, once. One that is there already is wanted from now on anew.
   *
   * @returns false where that would be more than the quota
   */
  add(blob: AddedBlob, quota: BlobQuota): Promise<boolean>;
  /** Takes a blob from an owner; false where it was not the owner's. */
  disown(sha256: string, pubkey: string): Promise<boolean>;
  touch(sha256: string, fetchedAtMs: number): Promise<void>;
  forget(sha256: string): Promise<void>;
}

/** What one owner may have. */
export interface BlobQuota {
  quotaBytes: number;
  quotaBlobs: number;
}

export interface AddedBlob {
  sha256: string;
  pubkey: string;
  size: number;
  type: string;
  nowMs: number;
}

const MAX_ATTEMPTS = 20;

/** The index in the registry's database. */
export function createBlobIndex(kv: Deno.Kv): BlobIndex {
  async function add(
    { sha256, pubkey, size, type, nowMs }: AddedBlob,
    { quotaBytes, quotaBlobs }: BlobQuota,
  ): Promise<boolean | null> {
    const [blob, owned, usage, count] = await kv.getMany<[BlobRecord, OwnedBlob, number, number]>([
      blobKey(sha256),
      ownedKey(pubkey, sha256),
      usageKey(pubkey),
      countKey(pubkey),
    ]);
    const used = (usage.value ?? 0) + (owned.value ? 0 : size);
    const counted = (count.value ?? 0) + (owned.value ? 0 : 1);
    if (!owned.value && (used > quotaBytes || counted > quotaBlobs)) return false;
    const known = blob.value ?? { size, type, storedAtMs: nowMs };
    const record: BlobRecord = { ...known, fetchedAtMs: nowMs };
    const { ok } = await kv.atomic().check(blob, owned, usage, count)
      .set(blobKey(sha256), record)
      .set(ownerKey(sha256, pubkey), true)
      .set(
        ownedKey(pubkey, sha256),
        owned.value ?? { size, type: record.type, uploadedAtMs: nowMs },
      )
      .set(usageKey(pubkey), used)
      .set(countKey(pubkey), counted)
      .commit();
    return ok ? true : null;
  }

  async function disown(sha256: string, pubkey: string): Promise<boolean | null> {
    const [owned, usage, count] = await kv.getMany<[OwnedBlob, number, number]>([
      ownedKey(pubkey, sha256),
      usageKey(pubkey),
      countKey(pubkey),
    ]);
    if (!owned.value) return false;
    const { ok } = await kv.atomic().check(owned, usage, count)
      .delete(ownedKey(pubkey, sha256))
      .delete(ownerKey(sha256, pubkey))
      .set(usageKey(pubkey), Math.max(0, (usage.value ?? 0) - owned.value.size))
      .set(countKey(pubkey), Math.max(0, (count.value ?? 0) - 1))
      .commit();
    return ok ? true : null;
  }

  return {
    find: async (sha256) => (await kv.get<BlobRecord>(blobKey(sha256))).value,
    async *all() {
      for await (const { key, value } of kv.list<BlobRecord>({ prefix: ["blobs", "blob"] })) {
        yield [key[2] as string, value];
      }
    },
    owners: async (sha256) => {
      const entries = await Array.fromAsync(kv.list({ prefix: ["blobs", "owner", sha256] }));
      return entries.map(({ key }) => key[3] as string);
    },
    ownedBy: async (pubkey) => {
      const entries = kv.list<OwnedBlob>({ prefix: ["blobs", "owned", pubkey] });
      return await Array.fromAsync(entries, ({ key, value }) => [key[3] as string, value]);
    },
    owned: async (pubkey, sha256) => (await kv.get<OwnedBlob>(ownedKey(pubkey, sha256))).value,
    usage: async (pubkey) => (await kv.get<number>(usageKey(pubkey))).value ?? 0,
    async *everyOwner() {
      for await (const { key } of kv.list({ prefix: ["blobs", "usage"] })) yield key[2] as string;
    },
    add: (blob, quota) => untilCommitted(() => add(blob, quota)),
    disown: (sha256, pubkey) => untilCommitted(() => disown(sha256, pubkey)),
    async touch(sha256, fetchedAtMs) {
      const entry = await kv.get<BlobRecord>(blobKey(sha256));
      if (!entry.value) return;
      // One that lost against another change is as good: that was now, too.
      await kv.atomic().check(entry).set(entry.key, { ...entry.value, fetchedAtMs }).commit();
    },
    forget: (sha256) => kv.delete(blobKey(sha256)),
  };
}

async function untilCommitted(attempt: () => Promise<boolean | null>): Promise<boolean> {
  for (let i = 0; i < MAX_ATTEMPTS; i++) {
    const result = await attempt();
    if (result !== null) return result;
  }
  throw new Error("The blobs' index could not be written: it changed at every attempt.");
}
