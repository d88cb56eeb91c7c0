import { errorText, type Log } from "./log.ts";
import type { DurableRateLimiter, RateLimitStore, SavedBucket } from "./rate_limit.ts";

/** How much counting a kill may lose. (Specification page 4) */
const FLUSH_INTERVAL_MS = 5_000;
const MAX_ROWS_A_COMMIT = 500;
const PREFIX = ["rate_limit"];

/** Buckets in KV: `["rate_limit", rule, key]` → {@link SavedBucket}, gone when the bucket is full again. */
export function createRateLimitStore(kv: Deno.Kv, nowMs: () => number): RateLimitStore {
  return {
    async load() {
      const buckets: SavedBucket[] = [];
      for await (const entry of kv.list<SavedBucket>({ prefix: PREFIX })) buckets.push(entry.value);
      return buckets;
    },
    async save(buckets) {
      for (let start = 0; start < buckets.length; start += MAX_ROWS_A_COMMIT) {
        const commit = kv.atomic();
        for (const bucket of buckets.slice(start, start + MAX_ROWS_A_COMMIT)) {
          const expireIn = Math.max(1_000, Math.ceil(bucket.fullAtMs - nowMs()));
          commit.set([...PREFIX, bucket.rule, bucket.key], bucket, { expireIn });
        }
        await commit.commit();
      }
    },
  };
}

/**
 * Flushes a limiter every 5 s.
 *
 * @returns what ends that, with a last flush
 */
export function keepFlushing(
  limiter: DurableRateLimiter,
  { log, intervalMs = FLUSH_INTERVAL_MS }: { log: Log; intervalMs?: number },
): () => Promise<void> {
  let running = Promise.resolve();
  const flush = (): Promise<void> =>
    running = running.then(() => limiter.flush()).catch((error) =>
      log.warn("rate limits were not saved", { reason: errorText(error) })
    );
  const timer = setInterval(flush, intervalMs);
  return () => {
    clearInterval(timer);
    return flush();
  };
}
