import assert from "node:assert/strict";
import { createDeliveries, MAX_IN_FLIGHT } from "../../../../server/push/deliveries.ts";
import type { PushOutcome } from "../../../../server/push/post_push.ts";
import { createVirtualClock } from "../../../support/virtual_clock.ts";

const DELIVERED: PushOutcome = { type: "delivered" };
const failed = (retryAfterMs = 0): PushOutcome => ({ type: "failed", status: 429, retryAfterMs });

function target(name: string, host = "push.example") {
  return { id: name, endpoint: `https://${host}/${name}` };
}

/** Deliveries over a push service that takes its time and answers as it is told. */
function createWorld(answer: (endpoint: string, attempt: number) => PushOutcome = () => DELIVERED) {
  const clock = createVirtualClock();
  const startMs = clock.nowMs();
  const posts: { endpoint: string; atMs: number }[] = [];
  const seen = { most: 0, mostAHost: 0 };
  const open: string[] = [];
  const hostOf = (endpoint: string) => new URL(endpoint).host;
  const deliveries = createDeliveries({
    async post(endpoint, signal) {
      const attempt = posts.filter((post) => post.endpoint === endpoint).length;
      posts.push({ endpoint, atMs: clock.nowMs() - startMs });
      open.push(hostOf(endpoint));
      seen.most = Math.max(seen.most, open.length);
      const aHost = open.filter((host) => host === hostOf(endpoint)).length;
      seen.mostAHost = Math.max(seen.mostAHost, aHost);
      await clock.wait(hostOf(endpoint) === "slow.example" ? 10_000 : 100);
      open.splice(open.indexOf(hostOf(endpoint)), 1);
      return signal.aborted ? failed() : answer(endpoint, attempt);
    },
    serviceOf: hostOf,
    onOutcome: () => undefined,
    random: () => 0,
    afterMs: clock.afterMs,
  });
  return { deliveries, clock, posts, seen };
}

Deno.test("never more than thirty-two pushes are in flight, and all arrive", async () => {
  const { deliveries, clock, posts, seen } = createWorld();
  const hosts = ["a.example", "b.example", "c.example"];
  const ends = Promise.all(
    Array.from({ length: 500 }, (_, i) => deliveries.send(target(`${i}`, hosts[i % 3]))),
  );
  await clock.runAll();
  assert.deepEqual(new Set(await ends), new Set(["delivered"]));
  assert.equal(posts.length, 500);
  assert.equal(seen.most, MAX_IN_FLIGHT);
});

Deno.test("a push service that hangs leaves room for the others", async () => {
  const { deliveries, clock, seen } = createWorld();
  for (let i = 0; i < 100; i++) void deliveries.send(target(`slow${i}`, "slow.example"));
  const end = deliveries.send(target("quick", "quick.example"));
  await clock.advance(200);
  assert.equal(await end, "delivered");
  assert.ok(seen.mostAHost < MAX_IN_FLIGHT);
  deliveries.stop();
});

Deno.test("what fails is tried three times more, each later than the last", async () => {
  const { deliveries, clock, posts } = createWorld(() => failed());
  const end = deliveries.send(target("a"));
  await clock.runAll();
  assert.equal(await end, "given_up");
  const times = posts.map(({ atMs }) => atMs);
  assert.deepEqual(times, [0, 2_100, 10_200, 42_300]);
});

Deno.test("Retry-After is honoured, also by pushes that are asked for meanwhile", async () => {
  const { deliveries, clock, posts } = createWorld((_, attempt) =>
    attempt === 0 ? failed(600_000) : DELIVERED
  );
  const first = deliveries.send(target("a"));
  await clock.advance(1_000);
  const second = deliveries.send(target("a"));
  await clock.advance(500_000);
  assert.equal(posts.length, 1);
  await clock.runAll();
  assert.deepEqual(await Promise.all([first, second]), ["delivered", "delivered"]);
  assert.deepEqual(posts.map(({ atMs }) => atMs), [0, 600_100]);
});

Deno.test("what is asked for while a push is on its way is pushed after it", async () => {
  const { deliveries, clock, posts } = createWorld();
  const first = deliveries.send(target("a"));
  await clock.advance(50);
  const second = deliveries.send(target("a"));
  await clock.runAll();
  assert.deepEqual(await Promise.all([first, second]), ["delivered", "delivered"]);
  assert.equal(posts.length, 2);
});

Deno.test("a subscription that is gone, or that is refused, is not tried again", async () => {
  for (const type of ["gone", "refused"] as const) {
    const outcome: PushOutcome = type === "gone" ? { type } : { type, status: 403 };
    const { deliveries, clock, posts } = createWorld(() => outcome);
    const end = deliveries.send(target("a"));
    await clock.runAll();
    assert.equal(await end, type);
    assert.equal(posts.length, 1);
  }
});

Deno.test("a stop ends what waits, what is queued and what is on its way", async () => {
  const { deliveries, clock, posts } = createWorld(() => failed());
  const ends = Array.from({ length: 40 }, (_, i) => deliveries.send(target(`${i}`)));
  await clock.advance(150);
  deliveries.stop();
  assert.deepEqual(new Set(await Promise.all(ends)), new Set(["stopped"]));
  const count = posts.length;
  await clock.runAll();
  assert.equal(posts.length, count);
  assert.equal(await deliveries.send(target("late")), "stopped");
});
