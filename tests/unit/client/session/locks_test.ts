import assert from "node:assert/strict";
import { LEAST_MEMORY_KIB } from "../../../../client/session/argon2.ts";
import { openLocks } from "./open_locks.ts";
import { PASSPHRASE, startTab, tells } from "./support.ts";

const NEXT = "staple harbour lantern";
const WRONG = "wrong horse battery";

Deno.test("another passphrase opens and reveals from then on, and the old one does neither", async () => {
  const { device, session, locks } = await openLocks();
  const words = await session.revealPhrase(PASSPHRASE);
  await locks.changePassphrase({ current: PASSPHRASE, next: NEXT });
  await assert.rejects(session.revealPhrase(PASSPHRASE), tells("wrong_passphrase"));
  assert.deepEqual(await session.revealPhrase(NEXT), words);
  assert.equal(session.locks?.isPhraseUnderEarlier, false);

  // The device's copy goes with it.
  assert.equal((await startTab(device)).session.phase, "unlocked");
  await session.lock();
  await assert.rejects(session.unlock(PASSPHRASE), tells("wrong_passphrase"));
  await session.unlock(NEXT);
  assert.equal(session.phase, "unlocked");
});

Deno.test("a wrong passphrase changes nothing, and counts as a guess", async () => {
  const { device, session, locks } = await openLocks();
  const before = await device.database.get("vault", 1);
  const attempt = { current: WRONG, next: NEXT };
  await assert.rejects(locks.changePassphrase(attempt), tells("wrong_passphrase"));
  await assert.rejects(locks.changePassphrase(attempt), tells("wrong_passphrase"));
  await assert.rejects(locks.changePassphrase(attempt), tells("wrong_passphrase", /^5$/));
  const right = { current: PASSPHRASE, next: NEXT };
  await assert.rejects(locks.changePassphrase(right), tells("rate_limited"));
  assert.deepEqual(await device.database.get("vault", 1), before);
  assert.equal(session.phase, "unlocked");
});

Deno.test("a passphrase that is too short is refused before anything is asked", async () => {
  const { device, locks } = await openLocks();
  const short = { current: PASSPHRASE, next: "short" };
  await assert.rejects(locks.changePassphrase(short), tells("short_passphrase"));
  await assert.rejects(locks.setNewPassphrase("short"), tells("short_passphrase"));
  const empty = { current: "", next: NEXT };
  await assert.rejects(locks.changePassphrase(empty), tells("wrong_passphrase"));
  assert.equal(await device.database.count("attempts"), 0);
});

Deno.test("a new passphrase without the old one opens, and the phrase stays under the old one", async () => {
  const { device, session, locks } = await openLocks();
  const words = await session.revealPhrase(PASSPHRASE);
  await locks.setNewPassphrase(NEXT);
  assert.equal(session.locks?.isPhraseUnderEarlier, true);
  await assert.rejects(session.revealPhrase(NEXT), tells("wrong_passphrase"));
  assert.deepEqual(await session.revealPhrase(PASSPHRASE), words);

  await session.lock();
  await assert.rejects(session.unlock(PASSPHRASE), tells("wrong_passphrase"));
  await session.unlock(NEXT);
  // It stays so over further changes.
  await locks.changePassphrase({ current: NEXT, next: WRONG });
  await locks.setNewPassphrase(NEXT);
  assert.deepEqual(await session.revealPhrase(PASSPHRASE), words);
  assert.equal((await startTab(device)).session.locks?.isPhraseUnderEarlier, true);
});

Deno.test("a vault that is put back from an earlier time ends the device's session", async () => {
  const { device, session, locks } = await openLocks();
  const earlier = (await device.database.get("vault", 1))!;
  await locks.changePassphrase({ current: PASSPHRASE, next: NEXT });
  await device.database.put("vault", earlier, 1);
  const again = (await startTab(device)).session;
  assert.equal(again.phase, "locked");
  assert.equal(await device.database.count("device"), 0);
  // Whoever copied it can open it with the passphrase of that time, and with no other.
  await assert.rejects(again.unlock(NEXT), tells("wrong_passphrase"));
  await session.lock();
});

Deno.test("boxes of two times do not go together", async () => {
  const { device, locks } = await openLocks();
  const earlier = (await device.database.get("vault", 1))!;
  await locks.changePassphrase({ current: PASSPHRASE, next: NEXT });
  const later = (await device.database.get("vault", 1))!;
  await device.database.put("vault", { ...later, secrets: earlier.secrets }, 1);
  const { session } = await startTab(device);
  assert.equal(session.phase, "locked");
  for (const passphrase of [PASSPHRASE, NEXT]) {
    await assert.rejects(session.unlock(passphrase), tells("wrong_passphrase"));
  }
});

Deno.test("whoever made little of the passphrase's cost on the disk makes no later passphrase cheap to guess", async () => {
  const { device, locks, storage } = await openLocks();
  const vault = (await device.database.get("vault", 1))!;
  const cheap = { ...vault.argon2, memoryKib: 8, iterations: 1 };
  await device.database.put("vault", { ...vault, argon2: cheap }, 1);
  await locks.setNewPassphrase(NEXT);
  const { memoryKib, iterations } = (await storage.vault())!.argon2;
  assert.deepEqual({ memoryKib, iterations }, { memoryKib: LEAST_MEMORY_KIB, iterations: 3 });
});

Deno.test("a tab that was overtaken changes nothing", async () => {
  const { device, locks, storage } = await openLocks();
  const { session } = await startTab(device);
  await locks.changePassphrase({ current: PASSPHRASE, next: NEXT });
  const change = { type: "auto_lock", afterMs: 60_000 } as const;
  await assert.rejects(session.changeLocks(change), tells("storage_failed"));
  assert.equal((await storage.vault())?.autoLockMs, null);
  // What does not open anything is kept beside it.
  await session.markPhraseSaved();
  assert.equal((await storage.vault())?.isPhraseSaved, true);
  assert.deepEqual((await storage.vault())?.revision, 1);
});

Deno.test("without an open account nothing changes", async () => {
  const { session, locks } = await openLocks();
  await session.lock();
  await assert.rejects(locks.setNewPassphrase(NEXT), /No account is open/);
});
