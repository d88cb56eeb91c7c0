/**
 * What is known of each blob, in Deno KV, all under `blobs`:
 *
 * | key | value |
 * | --- | --- |
 * | `["blobs", "blob", sha256]` | {@link BlobRecord} |
 * | `["blobs", "owner", sha256, pubkey]` | true |
 * | `["blobs", "owned", pubkey, sha256]` | {@link OwnedBlob} |
 * | `["blobs", "usage", pubkey]` | bytes of all blobs of the owner |
 */
const blobKey = (sha256: string) => ["blobs", "blob", sha256];
const ownerKey = (sha256: string, pubkey: string) => ["blobs", "owner", sha256, pubkey];
const ownedKey = (pubkey: string, sha256: string) => ["blobs", "owned", pubkey, sha256];
const usageKey = (pubkey: string) => ["blobs", "usage", pubkey];

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
   * Makes a blob the owner's, once.
   *
   * @returns false where that would be more than `quotaBytes`
   */
  add(blob: AddedBlob, quotaBytes: number): Promise<boolean>;
  /** Takes a blob from an owner; false where it was not the owner's. */
  disown(sha256: string, pubkey: string): Promise<boolean>;
  touch(sha256: string, fetchedAtMs: number): Promise<void>;
  forget(sha256: string): Promise<void>;
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
    quotaBytes: number,
  ): Promise<boolean | null> {
    const [blob, owned, usage] = await kv.getMany<[BlobRecord, OwnedBlob, number]>([
      blobKey(sha256),
      ownedKey(pubkey, sha256),
      usageKey(pubkey),
    ]);
    if (owned.value && blob.value) return true;
    const used = (usage.value ?? 0) + (owned.value ? 0 : size);
    if (used > quotaBytes) return false;
    const record: BlobRecord = blob.value ?? { size, type, storedAtMs: nowMs, fetchedAtMs: nowMs };
    const { ok } = await kv.atomic().check(blob, owned, usage)
      .set(blobKey(sha256), record)
      .set(ownerKey(sha256, pubkey), true)
      .set(ownedKey(pubkey, sha256), { size, type: record.type, uploadedAtMs: nowMs })
      .set(usageKey(pubkey), used)
      .commit();
    return ok ? true : null;
  }

  async function disown(sha256: string, pubkey: string): Promise<boolean | null> {
    const [owned, usage] = await kv.getMany<[OwnedBlob, number]>([
      ownedKey(pubkey, sha256),
      usageKey(pubkey),
    ]);
    if (!owned.value) return false;
    const { ok } = await kv.atomic().check(owned, usage)
      .delete(ownedKey(pubkey, sha256))
      .delete(ownerKey(sha256, pubkey))
      .set(usageKey(pubkey), Math.max(0, (usage.value ?? 0) - owned.value.size))
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
    add: (blob, quotaBytes) => untilCommitted(() => add(blob, quotaBytes)),
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
