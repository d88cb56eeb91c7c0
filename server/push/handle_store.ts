import { createGroupCommit } from "../group_commit.ts";
import type { Pace } from "./pace.ts";

/** What is kept of the pushes to a handle: `["push", "handle", addr]`. */
export interface StoredHandle {
  pace: Pace;
  /** The home relay's number up to which mail needs no push any more. */
  coveredSeq: number;
}

export interface HandleStore {
  load(): AsyncIterable<[addr: string, handle: StoredHandle]>;
  /** Ends when it is durable. */
  save(addr: string, handle: StoredHandle): Promise<void>;
  remove(addr: string): Promise<void>;
  /** Ends when nothing is being written. */
  settled(): Promise<void>;
}

const PREFIX = ["push", "handle"];

/** The storage of handles in Deno KV; what is saved at one time shares a commit. */
export function createHandleStore(kv: Deno.Kv): HandleStore {
  const commits = createGroupCommit(kv);
  return {
    async *load() {
      for await (const { key, value } of kv.list<StoredHandle>({ prefix: PREFIX })) {
        yield [String(key.at(-1)), value];
      }
    },
    save: (addr, { pace, coveredSeq }) => commits.set([...PREFIX, addr], { pace, coveredSeq }),
    async remove(addr) {
      // What is being written must not come back.
      await commits.settled();
      await kv.delete([...PREFIX, addr]);
    },
    settled: commits.settled,
  };
}
