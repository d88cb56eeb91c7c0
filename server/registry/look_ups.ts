import { type LookUp, makeLookUp, type PublicAddresses } from "./look_up.ts";
import { createLookUpCache } from "./look_up_cache.ts";
import type { LiveHandle } from "./rules.ts";
import type { RegistryStore } from "./store.ts";

/** Look-ups out of memory where possible, else out of storage. */
export interface LookUps {
  byHandle(handle: string): Promise<LookUp | null>;
  byPrimary(primary: string): Promise<LookUp | null>;
  make(record: LiveHandle): LookUp;
  /** To be called after every change of a handle. */
  forget(identity: { handle: string; primary: string }): void;
}

/** Look-ups in front of a store. */
export function createLookUps(
  { store, addresses, nowMs }: {
    store: Pick<RegistryStore, "find" | "handleOf">;
    addresses: PublicAddresses;
    nowMs: () => number;
  },
): LookUps {
  const cache = createLookUpCache({ nowMs });
  /** Counts changes, so that what was read before a change is not cached after it. */
  let changes = 0;

  const read = async (key: string, handleOf: () => Promise<string | null>) => {
    const changesBefore = changes;
    const handle = await handleOf();
    const record = handle === null ? null : await store.find(handle);
    if (record?.state !== "live") return null;
    const lookUp = makeLookUp(record, addresses);
    if (changes === changesBefore) cache.set(key, lookUp);
    return lookUp;
  };

  return {
    byHandle: async (handle) =>
      cache.get(handle) ?? await read(handle, () => Promise.resolve(handle)),
    byPrimary: async (primary) =>
      cache.get(primary) ?? await read(primary, () => store.handleOf(primary)),
    make: (record) => makeLookUp(record, addresses),
    forget({ handle, primary }) {
      changes++;
      cache.delete(handle);
      cache.delete(primary);
    },
  };
}
