import assert from "node:assert/strict";
import { createIdleLock, type IdleLock } from "../../../../client/session/idle_lock.ts";
import { createDeviceOfAlice, type Device, startTab } from "./support.ts";

const MINUTE_MS = 60_000;

/** A tab of a device that locks itself after `autoLockMs`, and its clock. */
async function openIdle(autoLockMs: number | null, given?: Device) {
  const device = given ?? await createDeviceOfAlice();
  const tab = await startTab(device);
  const { session } = tab;
  if (autoLockMs !== null) await session.changeLocks({ type: "auto_lock", afterMs: autoLockMs });
  const timers = new Set<{ atMs: number; run: () => void }>();
  const faults: unknown[] = [];
  let hear = (): void => {};
  let told = 0;
  const idle: IdleLock = createIdleLock({
    session,
    channel: { post: () => void told++, listen: (listener) => void (hear = listener) },
    nowMs: () => device.nowMs,
    afterMs(delayMs, run) {
      const timer = { atMs: device.nowMs + delayMs, run };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    onFault: (error) => void faults.push(error),
  });
  idle.look();
  /** Time passes; where the device does not sleep its timers run. */
  async function pass(ms: number, { isAsleep = false } = {}): Promise<void> {
    device.nowMs += ms;
    if (!isAsleep) {
      for (const timer of [...timers]) {
        if (timer.atMs > device.nowMs || !timers.delete(timer)) continue;
        timer.run();
      }
    }
    await settled();
  }
  /** What was asked of the session has been done. */
  const settled = () => session.markPhraseSaved();
  return {
    device,
    session,
    idle,
    pass,
    settled,
    faults,
    hear: () => hear(),
    timers,
    get told() {
      return told;
    },
  };
}

Deno.test("an account that nobody uses locks itself", async () => {
  const { session, pass, device } = await openIdle(5 * MINUTE_MS);
  await pass(5 * MINUTE_MS - 1);
  assert.equal(session.phase, "unlocked");
  await pass(1);
  assert.equal(session.phase, "locked");
  assert.equal(await device.database.count("device"), 0);
});

Deno.test("use in this tab or in another one puts it off", async () => {
  const { session, pass, idle, hear } = await openIdle(5 * MINUTE_MS);
  await pass(4 * MINUTE_MS);
  idle.used();
  await pass(4 * MINUTE_MS);
  hear();
  await pass(4 * MINUTE_MS);
  assert.equal(session.phase, "unlocked");
  await pass(MINUTE_MS);
  assert.equal(session.phase, "locked");
});

Deno.test("after a sleep the first touch finds it locked", async () => {
  const { session, pass, idle, settled } = await openIdle(5 * MINUTE_MS);
  await pass(60 * MINUTE_MS, { isAsleep: true });
  idle.used();
  await settled();
  assert.equal(session.phase, "locked");
});

Deno.test("a start after the time without use asks, one before does not", async () => {
  const { device, pass, idle } = await openIdle(5 * MINUTE_MS);
  await pass(4 * MINUTE_MS);
  idle.used();
  await pass(4 * MINUTE_MS, { isAsleep: true });
  assert.equal((await startTab(device)).session.phase, "unlocked");
  device.nowMs += 5 * MINUTE_MS + 1;
  assert.equal((await startTab(device)).session.phase, "locked");
});

Deno.test("without the wish nothing locks, and no timer runs", async () => {
  const { session, pass, timers } = await openIdle(null);
  await pass(1_000 * MINUTE_MS);
  assert.equal(session.phase, "unlocked");
  assert.equal(timers.size, 0);
});

Deno.test("thirty days count from the last use of an app that stays open", async () => {
  const { device, pass, idle, settled } = await openIdle(null);
  await pass(29 * 24 * 60 * MINUTE_MS);
  idle.used();
  await settled();
  device.nowMs += 29 * 24 * 60 * MINUTE_MS;
  assert.equal((await startTab(device)).session.phase, "unlocked");
});

Deno.test("other tabs are not told of every key", async () => {
  const open = await openIdle(5 * MINUTE_MS);
  for (let count = 0; count < 100; count++) {
    open.idle.used();
    open.device.nowMs += 100;
  }
  assert.equal(open.told, 5);
});

Deno.test("a locked account is not kept open by use", async () => {
  const { session, device, idle, settled, faults } = await openIdle(null);
  await session.lock();
  device.nowMs += 60 * MINUTE_MS;
  idle.used();
  await settled();
  assert.equal(await device.database.count("device"), 0);
  assert.deepEqual(faults, []);
});
