/** A token bucket: `capacity` at once, refilled at `refillPerS` tokens a second. */
export interface BucketRule {
  /** Stands in storage and in the `RateLimit` headers; unique among the rules of a limiter. */
  name: string;
  capacity: number;
  refillPerS: number;
}

export interface RateDecision {
  allowed: boolean;
  /** The rule's capacity. */
  limit: number;
  /** Whole tokens left. */
  remaining: number;
  /** Whole seconds until the next token where the call was refused, else 0. */
  retryAfterS: number;
}

export interface RateLimiter {
  /** Takes one token of the rule's bucket for a key (a client's address as `clientKey` gives it). */
  take(rule: BucketRule, key: string): RateDecision;
}

/** A bucket that is not full, as it is saved. */
export interface SavedBucket {
  rule: string;
  key: string;
  tokens: number;
  /** When `tokens` was counted. */
  atMs: number;
  /** When the bucket is full again and may be forgotten. */
  fullAtMs: number;
}

export interface RateLimitStore {
  load(): Promise<SavedBucket[]>;
  save(buckets: SavedBucket[]): Promise<void>;
}

/** A limiter whose counts outlive the process. */
export interface DurableRateLimiter extends RateLimiter {
  /** Takes over what was saved. Call it once, before the first `take`. */
  load(): Promise<void>;
  /** Saves the buckets that changed since the last flush; a failure leaves them for the next one. */
  flush(): Promise<void>;
}

interface Bucket {
  rule: BucketRule;
  key: string;
  tokens: number;
  atMs: number;
}

/** About 10 MB; past it the bucket that was used longest ago is forgotten. */
const MAX_BUCKETS = 50_000;

const fullAtMs = ({ rule, tokens, atMs }: Bucket): number =>
  atMs + ((rule.capacity - tokens) / rule.refillPerS) * 1000;

function refilled(bucket: Bucket, nowMs: number): number {
  // A clock that was set back must neither refill nor drain a bucket.
  const elapsedS = Math.max(0, nowMs - bucket.atMs) / 1000;
  return Math.min(bucket.rule.capacity, bucket.tokens + elapsedS * bucket.rule.refillPerS);
}

/**
 * Token buckets in memory, bounded to {@link MAX_BUCKETS}. (Specification pages 3 and 4)
 *
 * @param enabled false: everything is allowed and nothing is counted
 */
export function createRateLimiter(
  { enabled, nowMs, store, maxBuckets = MAX_BUCKETS, onRefused = () => undefined }: {
    enabled: boolean;
    nowMs: () => number;
    store: RateLimitStore;
    maxBuckets?: number;
    /** Is told the name of a rule that has refused a call. */
    onRefused?: (rule: string) => void;
  },
): DurableRateLimiter {
  /** In order of last use. */
  const buckets = new Map<string, Bucket>();
  const changed = new Set<string>();
  let saved = new Map<string, SavedBucket>();

  const idOf = (rule: string, key: string): string => `${rule} ${key}`;

  const keep = (id: string, bucket: Bucket): void => {
    buckets.delete(id);
    buckets.set(id, bucket);
    changed.add(id);
    if (buckets.size <= maxBuckets) return;
    const [oldest] = buckets.keys();
    buckets.delete(oldest!);
    changed.delete(oldest!);
  };

  const current = (rule: BucketRule, key: string): Bucket => {
    const id = idOf(rule.name, key);
    const known = buckets.get(id);
    if (known) return known;
    const restored = saved.get(id);
    saved.delete(id);
    return restored
      ? { rule, key, tokens: Math.min(restored.tokens, rule.capacity), atMs: restored.atMs }
      : { rule, key, tokens: rule.capacity, atMs: nowMs() };
  };

  return {
    take(rule, key) {
      const limit = rule.capacity;
      if (!enabled) return { allowed: true, limit, remaining: limit, retryAfterS: 0 };
      const bucket = current(rule, key);
      const atMs = nowMs();
      const tokens = refilled(bucket, atMs);
      const allowed = tokens >= 1;
      const left = allowed ? tokens - 1 : tokens;
      keep(idOf(rule.name, key), { rule, key, tokens: left, atMs });
      if (!allowed) onRefused(rule.name);
      const retryAfterS = allowed ? 0 : Math.ceil((1 - left) / rule.refillPerS);
      return { allowed, limit, remaining: Math.floor(left), retryAfterS };
    },

    async load() {
      if (!enabled) return;
      const rows = await store.load();
      saved = new Map(
        rows.filter((row) => row.fullAtMs > nowMs()).slice(-maxBuckets)
          .map((row) => [idOf(row.rule, row.key), row]),
      );
    },

    async flush() {
      const ids = [...changed];
      changed.clear();
      const rows = ids.map((id) => buckets.get(id)).filter((bucket) => bucket !== undefined)
        .map((bucket) => ({
          rule: bucket.rule.name,
          key: bucket.key,
          tokens: bucket.tokens,
          atMs: bucket.atMs,
          fullAtMs: fullAtMs(bucket),
        }));
      forgetFull(buckets, nowMs());
      if (rows.length === 0) return;
      try {
        await store.save(rows);
      } catch (error) {
        for (const id of ids) if (buckets.has(id)) changed.add(id);
        throw error;
      }
    },
  };
}

function forgetFull(buckets: Map<string, Bucket>, nowMs: number): void {
  for (const [id, bucket] of buckets) if (fullAtMs(bucket) <= nowMs) buckets.delete(id);
}
