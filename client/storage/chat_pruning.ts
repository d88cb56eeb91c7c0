import { poolTag } from "./chat_changes.ts";
import type { Database } from "./database.ts";
import type { Sealer } from "./sealer.ts";

/** Ids are remembered for this long: a day more than relays hold mail. (Specification page 2, "Replay") */
export const REMEMBERED_MS = 31 * 24 * 60 * 60 * 1000;

/** The last ids of one contact that are remembered; strangers share as many. */
const MAX_REMEMBERED_IDS = 10_000;

/** What no message came for in this time is for one that was deleted here, or that no relay has any more. */
const PENDING_MS = REMEMBERED_MS;

const STORES = ["seen_events", "seen_messages"] as const;

/**
 * Forgets ids older than {@link REMEMBERED_MS}, and of each pool the oldest beyond `maxIds`.
 *
 * @param pools primaries of contacts, or `STRANGERS`
 */
export async function pruneSeenIds(
  { database, sealer }: { database: Database; sealer: Sealer },
  { pools, nowMs, maxIds = MAX_REMEMBERED_IDS }: {
    pools: string[];
    nowMs: number;
    maxIds?: number;
  },
): Promise<void> {
  const tags = await Promise.all(pools.map((pool) => poolTag({ pool }, sealer)));
  for (const name of STORES) {
    const expired = IDBKeyRange.upperBound(nowMs - REMEMBERED_MS, true);
    await deleteOldest(database, { name, index: "by_time", range: expired, count: Infinity });
    for (const tag of tags) {
      const range = IDBKeyRange.bound([tag], [tag, []]);
      const surplus = (await database.countFromIndex(name, "by_pool", range)) - maxIds;
      if (surplus > 0) {
        await deleteOldest(database, { name, index: "by_pool", range, count: surplus });
      }
    }
  }
}

/** Forgets actions whose message has not come in all the time in which it could. */
export async function prunePendingActions(database: Database, nowMs: number): Promise<void> {
  const range = IDBKeyRange.upperBound(nowMs - PENDING_MS, true);
  const transaction = database.transaction("pending_actions", "readwrite");
  let cursor = await transaction.store.index("by_time").openCursor(range);
  while (cursor) {
    await cursor.delete();
    cursor = await cursor.continue();
  }
  await transaction.done;
}

async function deleteOldest(
  database: Database,
  { name, index, range, count }: {
    name: typeof STORES[number];
    index: "by_time" | "by_pool";
    range: IDBKeyRange;
    count: number;
  },
): Promise<void> {
  const transaction = database.transaction(name, "readwrite");
  let cursor = await transaction.store.index(index).openCursor(range);
  for (let left = count; cursor && left > 0; left--) {
    await cursor.delete();
    cursor = await cursor.continue();
  }
  await transaction.done;
}
