import { LOOK_UP_MAX_AGE_S, type LookUp } from "./look_up.ts";

/** Look-ups by a key, the least recently used forgotten first, bounded in characters. */
export interface LookUpCache {
  get(key: string): LookUp | undefined;
  set(key: string, lookUp: LookUp): void;
  delete(key: string): void;
}

interface Cached {
  lookUp: LookUp;
  untilMs: number;
}

/** What a cached record costs beside its body: the record itself, keys and pointers. */
const OVERHEAD_FACTOR = 2;
const MAX_CHARACTERS = 32 * 1024 * 1024;

/**
 * A bounded cache of look-ups. Entries are read again after {@link LOOK_UP_MAX_AGE_S}, for another process may have
 * written to shared storage.
 */
export function createLookUpCache(
  { nowMs, maxCharacters = MAX_CHARACTERS }: { nowMs: () => number; maxCharacters?: number },
): LookUpCache {
  const entries = new Map<string, Cached>();
  let characters = 0;

  const drop = (key: string): void => {
    const cached = entries.get(key);
    if (!cached) return;
    characters -= weightOf(cached.lookUp);
    entries.delete(key);
  };

  return {
    get(key) {
      const cached = entries.get(key);
      if (!cached) return undefined;
      if (cached.untilMs <= nowMs()) return void drop(key);
      entries.delete(key);
      entries.set(key, cached);
      return cached.lookUp;
    },
    set(key, lookUp) {
      drop(key);
      entries.set(key, { lookUp, untilMs: nowMs() + LOOK_UP_MAX_AGE_S * 1000 });
      characters += weightOf(lookUp);
      for (const oldest of entries.keys()) {
        if (characters <= maxCharacters) break;
        drop(oldest);
      }
    },
    delete: drop,
  };
}

function weightOf({ body }: LookUp): number {
  return body.length * OVERHEAD_FACTOR;
}
