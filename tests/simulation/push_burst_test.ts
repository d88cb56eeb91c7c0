import assert from "node:assert/strict";
import { createDeliveries, MAX_IN_FLIGHT } from "../../server/push/deliveries.ts";
import { openMailPushes } from "../../server/push/mail_pushes.ts";
import { BURST_MS } from "../../server/push/pace.ts";
import type { PushOutcome } from "../../server/push/post_push.ts";
import { memoryHandleStore, silentLog } from "../unit/server/push/support.ts";
import { createRandom, type Random } from "../support/random.ts";
import { createVirtualClock } from "../support/virtual_clock.ts";

const HANDLES = 1_000;
const DEVICES = 3;
const EVENTS = 10_000;
/** The events come within this time. */
const BURST_LASTS_MS = 60_000;
const TIMEOUT_MS = 10_000;

/** How a push service that has a bad day answers. */
function answerOf(random: Random): { outcome: PushOutcome; afterMs: number } {
  const afterMs = 20 + random.int(100);
  const of100 = random.int(100);
  if (of100 < 5) {
    const retryAfterMs = random.int(2) * 5_000;
    return { outcome: { type: "failed", status: 429, retryAfterMs }, afterMs };
  }
  if (of100 < 10) return { outcome: { type: "failed", status: 500, retryAfterMs: 0 }, afterMs };
  if (of100 < 12) return { outcome: { type: "gone" }, afterMs };
  if (of100 < 13) {
    return { outcome: { type: "failed", status: null, retryAfterMs: 0 }, afterMs: TIMEOUT_MS };
  }
  return { outcome: { type: "delivered" }, afterMs };
}

/** The server's pushes over any number of lives, in a time of its own. */
function createWorld(random: Random) {
  const clock = createVirtualClock();
  const kept = new Map<string, string>();
  const addrs = Array.from({ length: HANDLES }, (_, i) => `addr${i}`);
  const gone = new Set<string>();
  const givenUp = new Set<string>();
  /** The number of the newest event of each addr, as the relay keeps it. */
  const newest = new Map<string, number>();
  /** When each addr was pushed to. */
  const pushedMs = new Map<string, number[]>();
  /** When the newest event of an addr came, and when a device was last reached. */
  const mailMs = new Map<string, number>();
  const reachedMs = new Map<string, number>();
  const seen = { inFlight: 0, most: 0, posts: 0, lives: 0 };
  let seq = 0;

  const targetsOf = (addr: string) =>
    Array.from(
      { length: DEVICES },
      (_, i) => ({ id: `${addr}/${i}`, endpoint: `https://x/${addr}/${i}` }),
    )
      .filter(({ id }) => !gone.has(id));

  async function live() {
    seen.lives += 1;
    seen.inFlight = 0;
    let isDead = false;
    const store = memoryHandleStore(kept);
    const afterMs = (ms: number, run: () => void) => clock.afterMs(ms, () => isDead || run());
    const deliveries = createDeliveries({
      async post(endpoint) {
        const startMs = clock.nowMs();
        seen.posts += 1;
        seen.most = Math.max(seen.most, ++seen.inFlight);
        const { outcome, afterMs } = answerOf(random);
        await clock.wait(afterMs);
        // What has reached the push service stays there, whoever dies.
        if (outcome.type === "delivered") {
          reachedMs.set(endpoint.slice("https://x/".length), startMs);
        }
        if (isDead) return await new Promise<never>(() => {});
        seen.inFlight -= 1;
        return outcome;
      },
      serviceOf: (endpoint) => `host${endpoint.length % 4}`,
      onOutcome: ({ type }, { id }) => void (type === "gone" && gone.add(id)),
      random: () => random.int(1000) / 1000,
      afterMs,
    });
    const pushes = await openMailPushes({
      store: {
        ...store,
        save: (addr, handle) => isDead ? new Promise(() => {}) : store.save(addr, handle),
      },
      targetsOf,
      deliveries: {
        async send(target) {
          const [addr] = target.id.split("/") as [string];
          const times = pushedMs.get(addr) ?? [];
          if (times.at(-1) !== clock.nowMs()) pushedMs.set(addr, [...times, clock.nowMs()]);
          const end = await deliveries.send(target);
          if (end === "given_up") givenUp.add(target.id);
          return end;
        },
      },
      nowMs: clock.nowMs,
      afterMs,
      log: silentLog,
    });
    // As the listener does after a start.
    for (const [addr, at] of newest) if (at > pushes.coveredSeq(addr)) void pushes.notify(addr, at);
    return {
      message(addr: string) {
        newest.set(addr, ++seq);
        mailMs.set(addr, clock.nowMs());
        void pushes.notify(addr, seq);
      },
      kill() {
        isDead = true;
      },
      coveredSeq: pushes.coveredSeq,
    };
  }

  /** Everybody who has mail was told of it, on every device that is still there; nobody more often than allowed. */
  function check(coveredSeq: (addr: string) => number): void {
    for (const [addr, at] of newest) {
      // Who has no device left needs no push.
      if (targetsOf(addr).length > 0) assert.equal(coveredSeq(addr), at, addr);
      for (const { id } of targetsOf(addr)) {
        const isTold = givenUp.has(id) || (reachedMs.get(id) ?? -Infinity) >= mailMs.get(addr)!;
        assert.ok(isTold, `${id} was not told of its last message`);
      }
    }
    for (const [addr, times] of pushedMs) {
      times.forEach((startMs, i) => {
        const soon = times.filter((atMs) => atMs >= startMs && atMs < startMs + BURST_MS);
        assert.ok(soon.length <= 2, `${addr}: ${soon.length} pushes in two seconds`);
        const last = times.at(-1)!;
        const allowed = 10 + (last - startMs) / 30_000;
        assert.ok(times.length - i <= allowed + 1e-9, `${addr}: too many pushes`);
      });
    }
    assert.ok(seen.most <= MAX_IN_FLIGHT, `${seen.most} in flight`);
    assert.ok(givenUp.size < HANDLES * DEVICES / 100, `${givenUp.size} given up`);
  }

  return { clock, addrs, live, check, seen, gone, givenUp };
}

async function burst(random: Random, { kills }: { kills: number }) {
  const world = createWorld(random);
  const { clock, addrs } = world;
  let life = await world.live();
  const killAt = new Set(Array.from({ length: kills }, () => random.int(EVENTS)));
  const stepMs = BURST_LASTS_MS / (EVENTS / 10);
  for (let i = 0; i < EVENTS; i++) {
    life.message(random.pick(addrs));
    if (i % 10 === 9) await clock.advance(stepMs);
    if (!killAt.has(i)) continue;
    life.kill();
    await clock.advance(random.int(3_000));
    life = await world.live();
  }
  await clock.runAll();
  world.check(life.coveredSeq);
  return world;
}

Deno.test("a burst of 10,000 messages to 1,000 handles of three devices: all are told, over a push service that fails", async () => {
  const { seen, gone, givenUp } = await burst(createRandom(21), { kills: 0 });
  assert.equal(seen.most, MAX_IN_FLIGHT);
  console.log(
    `  ${seen.posts} requests, at most ${seen.most} in flight, ${gone.size} gone, ${givenUp.size} given up`,
  );
});

Deno.test("the same with a server that is killed again and again: everybody is told, nobody too often", async () => {
  const { seen } = await burst(createRandom(22), { kills: 12 });
  console.log(`  ${seen.lives} lives, ${seen.posts} requests`);
});
