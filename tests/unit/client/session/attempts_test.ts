import assert from "node:assert/strict";
import { createAttemptGuard } from "../../../../client/session/attempt_guard.ts";
import { waitAfter, waitMsOf } from "../../../../client/session/attempts.ts";
import { createVaultStorage } from "../../../../client/session/vault_storage.ts";
import { UserError } from "../../../../client/user_error.ts";
import { createDevice, createDeviceOfAlice, PASSPHRASE, startTab, tells } from "./support.ts";

const NOW_MS = Date.UTC(2026, 0, 1);
const WRONG = "wrong horse battery";

Deno.test("the first wrong passphrases cost nothing, then each doubles the wait, up to five minutes", () => {
  const waitsS = Array.from({ length: 12 }, (_, index) => {
    return waitAfter({ count: index + 1, lastAtMs: NOW_MS }, NOW_MS) / 1000;
  });
  assert.deepEqual(waitsS, [0, 0, 5, 10, 20, 40, 80, 160, 300, 300, 300, 300]);
  assert.equal(waitAfter(null, NOW_MS), 0);
  assert.equal(waitAfter({ count: 1e9, lastAtMs: NOW_MS }, NOW_MS), 300_000);
});

Deno.test("time passes, and a clock that was set back makes no wait longer", () => {
  const attempts = { count: 4, lastAtMs: NOW_MS };
  assert.equal(waitAfter(attempts, NOW_MS + 4_000), 6_000);
  assert.equal(waitAfter(attempts, NOW_MS + 10_000), 0);
  assert.equal(waitAfter(attempts, NOW_MS - 86_400_000), 10_000);
});

Deno.test("a failure tells how long the wait is, where it brings one", () => {
  const waits: [number | null, unknown][] = [
    [5_000, new UserError("wrong_passphrase", { detail: "5" })],
    [40_000, new UserError("rate_limited", { detail: "40" })],
    [null, new UserError("wrong_passphrase")],
    [null, new UserError("rate_limited", { detail: "soon" })],
    [null, new UserError("server_error", { detail: "5" })],
    [null, new Error("5")],
  ];
  for (const [waitMs, error] of waits) assert.equal(waitMsOf(error), waitMs, String(error));
});

Deno.test("whoever guesses waits, also after a reload, and the right one ends it", async () => {
  const device = await createDeviceOfAlice();
  const first = await startTab(device);
  await first.session.lock();
  for (let count = 0; count < 2; count++) {
    await assert.rejects(first.session.unlock(WRONG), tells("wrong_passphrase"));
  }
  await assert.rejects(first.session.unlock(WRONG), tells("wrong_passphrase", /^5$/));
  await assert.rejects(first.session.unlock(PASSPHRASE), tells("rate_limited", /^5$/));

  const { session } = await startTab(device);
  device.nowMs += 3_500;
  await assert.rejects(session.unlock(PASSPHRASE), tells("rate_limited", /^2$/));
  // Another way to guess.
  await assert.rejects(session.revealPhrase(PASSPHRASE), tells("rate_limited"));
  device.nowMs += 1_500;
  await session.unlock(PASSPHRASE);
  assert.equal(session.phase, "unlocked");
  assert.equal(await device.database.count("attempts"), 0);
});

Deno.test("a try that is cut short has been counted", async () => {
  const device = await createDevice();
  const storage = createVaultStorage(Promise.resolve(device.database));
  const guard = createAttemptGuard({ storage, nowMs: () => NOW_MS });
  const cut = Promise.withResolvers<void>();
  const attempts = Array.from({ length: 3 }, () => guard.attempt(() => cut.promise));
  await assert.rejects(guard.attempt(() => Promise.resolve()), tells("rate_limited"));
  cut.resolve();
  await Promise.all(attempts);
});

Deno.test("what was no guess does not count", async () => {
  const device = await createDevice();
  const storage = createVaultStorage(Promise.resolve(device.database));
  const guard = createAttemptGuard({ storage, nowMs: () => NOW_MS });
  const failing = () => Promise.reject(new UserError("storage_failed"));
  for (let count = 0; count < 5; count++) {
    await assert.rejects(guard.attempt(failing), tells("storage_failed"));
  }
  assert.equal((await device.database.get("attempts", 1))?.count, 0);
});

Deno.test("the wait begins when the answer is there, however long the try took", async () => {
  const device = await createDevice();
  const storage = createVaultStorage(Promise.resolve(device.database));
  let nowMs = NOW_MS;
  const guard = createAttemptGuard({ storage, nowMs: () => nowMs });
  const slow = () => {
    nowMs += 60_000;
    return Promise.reject(new UserError("wrong_passphrase"));
  };
  for (let count = 0; count < 2; count++) await assert.rejects(guard.attempt(slow));
  await assert.rejects(guard.attempt(slow), tells("wrong_passphrase", /^5$/));
});
