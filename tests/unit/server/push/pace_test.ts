import assert from "node:assert/strict";
import {
  afterPush,
  BURST_MS,
  FRESH_PACE,
  nextPushMs,
  type Pace,
} from "../../../../server/push/pace.ts";
import { createRandom } from "../../../support/random.ts";

const START_MS = 1_000_000_000_000;

/** Pushes as soon as each may go, while there is always mail. */
function pushesFrom(pace: Pace, fromMs: number, untilMs: number): number[] {
  const times: number[] = [];
  for (let nowMs = fromMs;;) {
    nowMs = nextPushMs(pace, nowMs);
    if (nowMs > untilMs) return times;
    times.push(nowMs - fromMs);
    pace = afterPush(pace, nowMs);
  }
}

Deno.test("the first message is pushed at once", () => {
  assert.equal(nextPushMs(FRESH_PACE, START_MS), START_MS);
});

Deno.test("a burst within two seconds is two pushes: its first message and its end", () => {
  const pace = afterPush(FRESH_PACE, START_MS);
  assert.equal(nextPushMs(pace, START_MS + 1), START_MS + BURST_MS);
  assert.equal(nextPushMs(pace, START_MS + BURST_MS), START_MS + BURST_MS);
});

Deno.test("unending mail is ten pushes, then one in thirty seconds", () => {
  const times = pushesFrom(FRESH_PACE, START_MS, START_MS + 200_000);
  assert.deepEqual(times.slice(0, 10), [0, 2, 4, 6, 8, 10, 12, 14, 16, 18].map((s) => s * 1000));
  const later = times.slice(10);
  assert.deepEqual(later, [30, 60, 90, 120, 150, 180].map((s) => s * 1000));
});

Deno.test("after a pause the ten are there again, and no more than ten", () => {
  let pace = FRESH_PACE;
  for (const atMs of pushesFrom(FRESH_PACE, START_MS, START_MS + 60_000)) {
    pace = afterPush(pace, START_MS + atMs);
  }
  const day = START_MS + 86_400_000;
  assert.equal(nextPushMs(pace, day), day);
  assert.equal(pushesFrom(pace, day, day + 29_999).length, 10);
});

Deno.test("a clock that was set back silences nobody for longer than a burst", () => {
  const pace = afterPush(FRESH_PACE, START_MS);
  const earlier = START_MS - 86_400_000;
  assert.equal(nextPushMs(pace, earlier), earlier + BURST_MS);
});

Deno.test("whenever mail comes, no two seconds have more than two pushes and no hour more than the bucket allows", () => {
  const random = createRandom(7);
  for (let round = 0; round < 50; round++) {
    let pace: Pace = FRESH_PACE;
    let nowMs = START_MS;
    const times: number[] = [];
    for (let i = 0; i < 300; i++) {
      nowMs += Math.floor((random.int(1_000) / 1_000) ** 4 * 60_000);
      // A restart between any two: what is kept is plain JSON.
      pace = JSON.parse(JSON.stringify(pace));
      if (nextPushMs(pace, nowMs) > nowMs) continue;
      times.push(nowMs);
      pace = afterPush(pace, nowMs);
    }
    times.forEach((atMs, i) => {
      assert.ok(times.filter((t) => t >= atMs && t < atMs + BURST_MS).length <= 2);
      for (const [j, endMs] of times.entries()) {
        if (j >= i) assert.ok(j - i + 1 <= 10 + (endMs - atMs) / 30_000 + 1e-6);
      }
    });
  }
});
