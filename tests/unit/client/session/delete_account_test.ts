import assert from "node:assert/strict";
import { areWiped, createDeviceOfAlice, PASSPHRASE, startTab, tells } from "./support.ts";

Deno.test("an account that is deleted is given up on the server, then erased from the device", async () => {
  const device = await createDeviceOfAlice();
  const tab = await startTab(device);
  const { secrets } = tab.unlocked;
  await tab.session.deleteAccount();
  assert.equal(device.server.registered.size, 0);
  assert.equal(tab.session.phase, "none");
  assert.ok(areWiped(secrets));
  for (const store of device.database.objectStoreNames) {
    assert.equal(await device.database.count(store), 0, store);
  }
  // Asked once more, as by a tab that was not answered.
  await tab.session.deleteAccount();
});

Deno.test("while the server cannot be reached nothing is erased", async () => {
  const device = await createDeviceOfAlice();
  const { session } = await startTab(device);
  device.server.before = () => {
    throw new TypeError("network");
  };
  await assert.rejects(session.deleteAccount(), tells("no_network"));
  assert.equal(session.phase, "unlocked");
  await session.lock();
  await session.unlock(PASSPHRASE);
});

Deno.test("a handle that was given up before is no fault", async () => {
  const device = await createDeviceOfAlice();
  const { session } = await startTab(device);
  device.server.registered.clear();
  await session.deleteAccount();
  assert.equal(session.phase, "none");
});

Deno.test("a wrong clock does not keep anybody here", async () => {
  const device = await createDeviceOfAlice();
  const { session } = await startTab(device);
  device.nowMs += 60 * 60_000;
  await session.deleteAccount();
  assert.equal(session.phase, "none");
});

Deno.test("a locked account is not deleted", async () => {
  const device = await createDeviceOfAlice();
  const { session } = await startTab(device);
  await session.lock();
  await assert.rejects(session.deleteAccount(), /No account is open/);
  assert.equal(device.server.registered.size, 1);
});
