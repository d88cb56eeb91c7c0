import assert from "node:assert/strict";
import { createRateLimiter, type SavedBucket } from "../../../server/rate_limit.ts";
import { createRateLimitStore, keepFlushing } from "../../../server/rate_limit_store.ts";
import { type LogLine, recordingLog } from "../../http/support.ts";

const RULE = { name: "rule", capacity: 3, refillPerS: 0.5 };
const OTHER = { name: "other", capacity: 1, refillPerS: 1 };

function memoryStore() {
  const saved = new Map<string, SavedBucket>();
  return {
    saved,
    load: () => Promise.resolve([...saved.values()]),
    save: (buckets: SavedBucket[]) => {
      for (const bucket of buckets) saved.set(`${bucket.rule} ${bucket.key}`, bucket);
      return Promise.resolve();
    },
  };
}

function makeLimiter({ enabled = true, store = memoryStore(), maxBuckets = 100 } = {}) {
  const clock = { nowMs: 1_000_000 };
  const limiter = createRateLimiter({ enabled, nowMs: () => clock.nowMs, store, maxBuckets });
  return { clock, limiter, store };
}

Deno.test("a bucket gives its capacity at once, then what is refilled", () => {
  const { clock, limiter } = makeLimiter();
  const taken = Array.from({ length: 4 }, () => limiter.take(RULE, "a"));
  assert.deepEqual(taken, [
    { allowed: true, limit: 3, remaining: 2, retryAfterS: 0 },
    { allowed: true, limit: 3, remaining: 1, retryAfterS: 0 },
    { allowed: true, limit: 3, remaining: 0, retryAfterS: 0 },
    { allowed: false, limit: 3, remaining: 0, retryAfterS: 2 },
  ]);
  clock.nowMs += 1000;
  assert.equal(limiter.take(RULE, "a").retryAfterS, 1);
  clock.nowMs += 1000;
  assert.equal(limiter.take(RULE, "a").allowed, true);
  assert.equal(limiter.take(RULE, "a").allowed, false);
  clock.nowMs += 3_600_000;
  assert.equal(limiter.take(RULE, "a").remaining, 2);
});

Deno.test("waiting for as long as it was told is always enough", () => {
  const { clock, limiter } = makeLimiter();
  for (let i = 0; i < 200; i++) {
    const { allowed, retryAfterS } = limiter.take(RULE, "a");
    if (allowed) continue;
    clock.nowMs += retryAfterS * 1000;
    assert.equal(limiter.take(RULE, "a").allowed, true);
    clock.nowMs += (i * 137) % 900;
  }
});

Deno.test("keys and rules have buckets of their own", () => {
  const { limiter } = makeLimiter();
  assert.equal(limiter.take(OTHER, "a").allowed, true);
  assert.equal(limiter.take(OTHER, "a").allowed, false);
  assert.equal(limiter.take(OTHER, "b").allowed, true);
  assert.equal(limiter.take(RULE, "a").allowed, true);
});

Deno.test("a clock that is set back gives and takes nothing", () => {
  const { clock, limiter } = makeLimiter();
  limiter.take(RULE, "a");
  clock.nowMs -= 3_600_000;
  assert.equal(limiter.take(RULE, "a").remaining, 1);
  clock.nowMs += 2000;
  assert.equal(limiter.take(RULE, "a").remaining, 1);
});

Deno.test("a limiter that is off allows everything and saves nothing", async () => {
  const { limiter, store } = makeLimiter({ enabled: false });
  for (let i = 0; i < 10; i++) {
    const decision = limiter.take(OTHER, "a");
    assert.deepEqual(decision, { allowed: true, limit: 1, remaining: 1, retryAfterS: 0 });
  }
  await limiter.flush();
  assert.equal(store.saved.size, 0);
});

Deno.test("memory is bounded: the bucket used longest ago is forgotten", async () => {
  const { limiter, store } = makeLimiter({ maxBuckets: 2 });
  for (const key of ["a", "b", "a", "c"]) limiter.take(RULE, key);
  await limiter.flush();
  assert.deepEqual([...store.saved.values()].map(({ key }) => key), ["a", "c"]);
  assert.equal(limiter.take(RULE, "b").remaining, 2);
});

Deno.test("counts outlive a restart, refilled for the time between", async () => {
  const first = makeLimiter();
  for (let i = 0; i < 4; i++) first.limiter.take(RULE, "a");
  await first.limiter.flush();
  const second = makeLimiter({ store: first.store });
  second.clock.nowMs = first.clock.nowMs + 2000;
  await second.limiter.load();
  assert.equal(second.limiter.take(RULE, "a").allowed, true);
  assert.equal(second.limiter.take(RULE, "a").allowed, false);
  const third = makeLimiter({ store: first.store });
  third.clock.nowMs = first.clock.nowMs + 6000;
  await third.limiter.load();
  assert.equal(third.limiter.take(RULE, "a").remaining, 2);
});

Deno.test("a flush writes what changed since the last one", async () => {
  const { clock, limiter, store } = makeLimiter();
  limiter.take(RULE, "a");
  await limiter.flush();
  assert.deepEqual([...store.saved.values()], [
    { rule: "rule", key: "a", tokens: 2, atMs: clock.nowMs, fullAtMs: clock.nowMs + 2000 },
  ]);
  store.saved.clear();
  limiter.take(RULE, "b");
  await limiter.flush();
  assert.deepEqual([...store.saved.keys()], ["rule b"]);
});

Deno.test("what could not be saved is saved by the next flush", async () => {
  const store = memoryStore();
  const broken = { ...store, save: () => Promise.reject(new Error("full disk")) };
  let target: typeof store = broken;
  const passing = { ...store, save: (buckets: SavedBucket[]) => target.save(buckets) };
  const { limiter } = makeLimiter({ store: passing });
  limiter.take(RULE, "a");
  await assert.rejects(limiter.flush(), /full disk/);
  target = store;
  await limiter.flush();
  assert.deepEqual([...store.saved.keys()], ["rule a"]);
});

Deno.test("buckets are kept in KV, many at a time", async () => {
  using kv = await Deno.openKv(":memory:");
  const nowMs = Date.now();
  const store = createRateLimitStore(kv, () => nowMs);
  const buckets = Array.from({ length: 1_200 }, (_, i) => ({
    rule: "rule",
    key: `2001:db8:0:${i.toString(16)}::/64`,
    tokens: 0.5,
    atMs: nowMs,
    fullAtMs: nowMs + 60_000,
  }));
  await store.save(buckets);
  const loaded = await store.load();
  const byKey = (a: SavedBucket, b: SavedBucket) => a.key < b.key ? -1 : 1;
  assert.deepEqual(loaded.toSorted(byKey), buckets.toSorted(byKey));
});

Deno.test("what idles is swept from KV once its bucket is full again", async () => {
  using kv = await Deno.openKv(":memory:");
  const expiries: (number | undefined)[] = [];
  const watched = {
    atomic() {
      const commit = kv.atomic();
      const { set } = commit;
      commit.set = (key, value, options) => {
        expiries.push(options?.expireIn);
        return set.call(commit, key, value, options);
      };
      return commit;
    },
  } as Deno.Kv;
  const nowMs = Date.now();
  const store = createRateLimitStore(watched, () => nowMs);
  const bucket = { rule: "rule", key: "a", tokens: 0, atMs: nowMs };
  await store.save([{ ...bucket, fullAtMs: nowMs + 60_000 }]);
  await store.save([{ ...bucket, fullAtMs: nowMs }]);
  assert.deepEqual(expiries, [60_000, 1_000]);
});

Deno.test("ending the flushes saves once more, and a failure is logged", async () => {
  const { limiter, store } = makeLimiter();
  const lines: LogLine[] = [];
  const stop = keepFlushing(limiter, { log: recordingLog(lines) });
  limiter.take(RULE, "a");
  await stop();
  assert.deepEqual([...store.saved.keys()], ["rule a"]);
  assert.deepEqual(lines, []);
  const failing = { ...limiter, flush: () => Promise.reject(new Error("full disk")) };
  await keepFlushing(failing, { log: recordingLog(lines) })();
  assert.deepEqual(lines, [{
    level: "warn",
    event: "rate limits were not saved",
    fields: { reason: "Error: full disk" },
  }]);
});

Deno.test("a limiter that is kept flushing saves without being asked", async () => {
  const { limiter } = makeLimiter();
  const flushed = Promise.withResolvers<void>();
  const watched = { ...limiter, flush: () => Promise.resolve(flushed.resolve()) };
  const stop = keepFlushing(watched, { log: recordingLog([]), intervalMs: 1 });
  await flushed.promise;
  await stop();
});
