import type { ChainPin } from "../../protocol/sigchain.ts";
import type { SigchainEntry } from "../../protocol/sigchain_entry.ts";

/**
 * The sigchains in Deno KV; a commit writes one entry and the head together:
 *
 * | key | value |
 * | --- | --- |
 * | `["sigchain", "head", primary]` | {@link ChainPin} of the whole chain |
 * | `["sigchain", "entry", primary, seq]` | {@link StoredEntry}, at most 9 KiB |
 */
const headKey = (primary: string) => ["sigchain", "head", primary];
const entryKey = (primary: string, seq: number) => ["sigchain", "entry", primary, seq];

export interface StoredEntry {
  hash: string;
  entry: SigchainEntry;
}

/** The end of a chain as it was read, to be written on the condition that it has not changed since. */
export interface ChainEnd extends ChainPin {
  check: Deno.AtomicCheck;
}

export interface SigchainStore {
  end(primary: string): Promise<ChainEnd>;
  /** The entries from `from` on, up to and without `to`. */
  entries(primary: string, range: { from: number; to: number }): AsyncIterable<StoredEntry>;
  /** Writes the entry that follows `end`. False where another one has come first. */
  append(primary: string, next: StoredEntry & { end: ChainEnd }): Promise<boolean>;
}

/** The storage of sigchains. */
export function createSigchainStore(kv: Deno.Kv): SigchainStore {
  return {
    async end(primary) {
      const { key, value, versionstamp } = await kv.get<ChainPin>(headKey(primary));
      return { ...(value ?? { length: 0, head: null }), check: { key, versionstamp } };
    },

    async *entries(primary, { from, to }) {
      if (from >= to) return;
      const range = { start: entryKey(primary, from), end: entryKey(primary, to) };
      for await (const { value } of kv.list<StoredEntry>(range)) yield value;
    },

    async append(primary, { end, entry, hash }) {
      const pin: ChainPin = { length: end.length + 1, head: hash };
      const commit = kv.atomic().check(end.check)
        .set(headKey(primary), pin)
        .set(entryKey(primary, end.length), { hash, entry });
      return (await commit.commit()).ok;
    },
  };
}
