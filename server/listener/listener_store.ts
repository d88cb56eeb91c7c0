import { createGroupCommit } from "../group_commit.ts";

/** What the listener remembers over restarts. */
export interface ListenerStore {
  /** True where an event's push is done. */
  isSeen(id: string): Promise<boolean>;
  /** Remembers that for 48 hours. */
  remember(id: string): Promise<void>;
  /** How far a relay was read, in Unix seconds; null where it never was. */
  cursor(url: string): Promise<number | null>;
  saveCursor(url: string, createdAtS: number): Promise<void>;
  /** Ends when nothing is being written. */
  settled(): Promise<void>;
}

const SEEN_MS = 48 * 3600 * 1000;
const CURSOR_MS = 30 * 86_400_000;

/** In Deno KV: `["listener", "seen", id]` → true, `["listener", "cursor", url]` → Unix seconds. */
export function createListenerStore(kv: Deno.Kv): ListenerStore {
  const commits = createGroupCommit(kv);
  return {
    isSeen: async (id) => (await kv.get(["listener", "seen", id])).value !== null,
    remember: (id) => commits.set(["listener", "seen", id], true, { expireIn: SEEN_MS }),
    cursor: async (url) => (await kv.get<number>(["listener", "cursor", url])).value,
    saveCursor: (url, createdAtS) =>
      commits.set(["listener", "cursor", url], createdAtS, { expireIn: CURSOR_MS }),
    settled: commits.settled,
  };
}
