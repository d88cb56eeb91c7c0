import assert from "node:assert/strict";
import { createDeviceOfAlice, PASSPHRASE, startTab, tells } from "./support.ts";
import { openLocks } from "./open_locks.ts";

Deno.test("with biometrics set up, every start asks, and they open without the passphrase", async () => {
  const { device, session, locks } = await openLocks();
  await locks.addBiometrics();
  assert.equal(session.locks?.authenticators.length, 1);
  assert.equal(session.locks?.asksAtStart, true);
  assert.equal(await device.database.count("device"), 0);

  const again = await openLocks(device);
  assert.equal(again.session.phase, "locked");
  // A fresh page knows the credential by what the vault says of it.
  await again.locks.unlockByBiometrics();
  assert.equal(again.session.phase, "unlocked");
  assert.equal(await device.database.count("device"), 0);
  assert.equal((await openLocks(device)).session.phase, "locked");
});

Deno.test("an unlock by passphrase leaves no copy either, where every start asks", async () => {
  const { device, session, locks } = await openLocks();
  await locks.addBiometrics();
  await session.lock();
  await session.unlock(PASSPHRASE);
  assert.equal(await device.database.count("device"), 0);
});

Deno.test("another reader's secret opens nothing, and changes nothing", async () => {
  const { device, locks, session, fake } = await openLocks();
  await locks.addBiometrics();
  await session.lock();
  fake.secret = 2;
  await assert.rejects(locks.unlockByBiometrics(), tells("wrong_biometrics"));
  assert.equal(session.phase, "locked");
  fake.secret = 1;
  await locks.unlockByBiometrics();
  assert.equal(session.phase, "unlocked");
  assert.equal(await device.database.count("attempts"), 0);
});

Deno.test("the box of one authenticator does not open by another, nor in another vault", async () => {
  const { device, locks, session, fake } = await openLocks();
  await locks.addBiometrics();
  await locks.addBiometrics();
  await session.lock();
  const vault = (await device.database.get("vault", 1))!;
  const [one, other] = vault.authenticators;
  const swapped = [{ ...one!, secrets: other!.secrets }, other!];
  await device.database.put("vault", { ...vault, authenticators: swapped }, 1);
  const again = await openLocks(device);
  await assert.rejects(again.locks.unlockByBiometrics(), tells("wrong_biometrics"));

  const mallory = await createDeviceOfAlice();
  await (await startTab(mallory)).session.lock();
  const theirs = (await mallory.database.get("vault", 1))!;
  const moved = { ...theirs, authenticators: vault.authenticators };
  await mallory.database.put("vault", moved, 1);
  const there = await openLocks(mallory);
  there.fake.secret = fake.secret;
  await assert.rejects(there.locks.unlockByBiometrics(), tells("wrong_biometrics"));
});

Deno.test("several are added, each opens, and one that is removed does not any more", async () => {
  const { locks, session, fake } = await openLocks();
  await locks.addBiometrics();
  await locks.addBiometrics();
  const [first, second] = session.locks!.authenticators;
  for (const chosen of [0, 1]) {
    fake.chosen = chosen;
    await session.lock();
    await locks.unlockByBiometrics();
    assert.equal(session.phase, "unlocked");
  }
  await locks.removeBiometrics(first!);
  assert.deepEqual(fake.forgotten, [first!.id]);
  assert.deepEqual(session.locks?.authenticators, [second]);
  assert.equal(session.locks?.asksAtStart, true);
});

Deno.test("with the last one goes the question at the start, and the device opens by itself again", async () => {
  const { device, locks, session } = await openLocks();
  await locks.addBiometrics();
  await locks.removeBiometrics(session.locks!.authenticators[0]!);
  assert.equal(session.locks?.asksAtStart, false);
  assert.equal((await openLocks(device)).session.phase, "unlocked");
});

Deno.test("the question at the start is turned off and on; a second authenticator leaves it as it is", async () => {
  const { device, locks, session } = await openLocks();
  await locks.askAtStart(true);
  assert.equal(session.locks?.asksAtStart, false, "there is nothing to ask");
  await locks.addBiometrics();
  await locks.askAtStart(false);
  await locks.addBiometrics();
  assert.equal(session.locks?.asksAtStart, false);
  assert.equal((await openLocks(device)).session.phase, "unlocked");
  const again = await openLocks(device);
  await again.locks.askAtStart(true);
  assert.equal(await device.database.count("device"), 0);
  assert.equal((await openLocks(device)).session.phase, "locked");
});

Deno.test("a copy that is put back opens nothing where every start asks", async () => {
  const { device, locks } = await openLocks();
  const copy = (await device.database.get("device", 1))!;
  await locks.addBiometrics();
  await device.database.put("device", copy, 1);
  assert.equal((await openLocks(device)).session.phase, "locked");
  assert.equal(await device.database.count("device"), 0);
});

Deno.test("a change of the passphrase leaves biometrics as they are", async () => {
  const { locks, session } = await openLocks();
  await locks.addBiometrics();
  await locks.changePassphrase({ current: PASSPHRASE, next: "staple harbour lantern" });
  await session.lock();
  await locks.unlockByBiometrics();
  assert.equal(session.phase, "unlocked");
  // The phrase asks for the passphrase all the same.
  await assert.rejects(session.revealPhrase(PASSPHRASE), tells("wrong_passphrase"));
  assert.equal((await session.revealPhrase("staple harbour lantern")).length, 12);
});
