import assert from "node:assert/strict";
import type { DeliveryEnd, PushTarget } from "../../../../server/push/deliveries.ts";
import { openMailPushes } from "../../../../server/push/mail_pushes.ts";
import { createVirtualClock } from "../../../support/virtual_clock.ts";
import { memoryHandleStore, silentLog } from "./support.ts";

const ALICE = "a1".repeat(32);
const PHONE: PushTarget = { id: "phone", endpoint: "https://push.example/phone" };
const LAPTOP: PushTarget = { id: "laptop", endpoint: "https://push.example/laptop" };

function createWorld(send: (target: PushTarget) => DeliveryEnd = () => "delivered") {
  const clock = createVirtualClock();
  const kept = new Map<string, string>();
  const startMs = clock.nowMs();
  const sent: { id: string; atMs: number; keptMs: number }[] = [];
  const targets = [PHONE, LAPTOP];
  const open = () =>
    openMailPushes({
      store: memoryHandleStore(kept),
      targetsOf: () => targets,
      deliveries: {
        async send(target) {
          const { pace } = JSON.parse(kept.get(ALICE)!);
          sent.push({
            id: target.id,
            atMs: clock.nowMs() - startMs,
            keptMs: pace.lastMs - startMs,
          });
          await clock.wait(10);
          return send(target);
        },
      },
      nowMs: clock.nowMs,
      afterMs: clock.afterMs,
      log: silentLog,
    });
  const times = (id: string) => sent.filter((one) => one.id === id).map(({ atMs }) => atMs);
  return { clock, kept, sent, targets, open, times };
}

Deno.test("five messages in a second are two pushes to each device", async () => {
  const { clock, open, times } = createWorld();
  const pushes = await open();
  for (let i = 0; i < 5; i++) {
    void pushes.notify(ALICE, i + 1);
    await clock.advance(200);
  }
  await clock.runAll();
  assert.deepEqual(times("phone"), [0, 2_000]);
  assert.deepEqual(times("laptop"), [0, 2_000]);
  assert.equal(pushes.coveredSeq(ALICE), 5);
});

Deno.test("how much a handle was pushed to is kept before a push leaves", async () => {
  const { clock, open, sent } = createWorld();
  const pushes = await open();
  await clock.advance(5);
  void pushes.notify(ALICE, 1);
  await clock.runAll();
  assert.deepEqual(sent.map(({ keptMs }) => keptMs), [5, 5]);
});

Deno.test("a restart neither forgets the pace nor takes mail as pushed that was not", async () => {
  const { clock, open, times } = createWorld();
  const first = await open();
  for (let i = 0; i < 12; i++) {
    void first.notify(ALICE, i + 1);
    await clock.advance(2_000);
  }
  const waiting = first.notify(ALICE, 13);
  first.stop();
  assert.equal(await waiting, false);
  const second = await open();
  assert.equal(second.coveredSeq(ALICE), 10);
  void second.notify(ALICE, 13);
  await clock.runAll();
  assert.deepEqual(times("phone").slice(9), [18_000, 30_000]);
  assert.equal(second.coveredSeq(ALICE), 13);
});

Deno.test("mail whose push the end of the server cut off is not taken as pushed", async () => {
  const { clock, open } = createWorld(() => "stopped");
  const pushes = await open();
  const done = pushes.notify(ALICE, 7);
  await clock.runAll();
  assert.equal(await done, false);
  assert.equal(pushes.coveredSeq(ALICE), 0);
});

Deno.test("who has no device is pushed nothing, and uses nothing up", async () => {
  const { clock, open, targets, kept } = createWorld();
  targets.length = 0;
  const pushes = await open();
  assert.equal(await pushes.notify(ALICE, 7), true);
  await clock.runAll();
  assert.equal(kept.size, 0);
});

Deno.test("who gave the handle up is forgotten", async () => {
  const { clock, open, kept } = createWorld();
  const pushes = await open();
  void pushes.notify(ALICE, 1);
  await clock.runAll();
  await pushes.forget(ALICE);
  assert.equal(kept.size, 0);
  assert.equal(pushes.coveredSeq(ALICE), 0);
});

Deno.test("mail that waits for a push needs none any more once the handle was given up", async () => {
  const { clock, open, times } = createWorld();
  const pushes = await open();
  void pushes.notify(ALICE, 1);
  await clock.advance(100);
  const waiting = pushes.notify(ALICE, 2);
  await pushes.forget(ALICE);
  assert.equal(await waiting, true);
  await clock.runAll();
  assert.deepEqual(times("phone"), [0]);
});
