import type { HandleStore, StoredHandle } from "../../../../server/push/handle_store.ts";
import type { Log } from "../../../../server/log.ts";

/** What is kept of handles, over any number of starts. */
export function memoryHandleStore(kept = new Map<string, string>()): HandleStore {
  return {
    async *load() {
      for (const [addr, json] of kept) yield [addr, JSON.parse(json) as StoredHandle];
    },
    save(addr, { pace, coveredSeq }) {
      kept.set(addr, JSON.stringify({ pace, coveredSeq }));
      return Promise.resolve();
    },
    remove(addr) {
      kept.delete(addr);
      return Promise.resolve();
    },
    settled: () => Promise.resolve(),
  };
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
