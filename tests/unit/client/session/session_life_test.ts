import assert from "node:assert/strict";
import { DEVICE_COPY_TTL_MS } from "../../../../client/session/device_key.ts";
import { createVaultStorage } from "../../../../client/session/vault_storage.ts";
import { OtherWriterError } from "../../../../client/storage/other_writer_error.ts";
import {
  areWiped,
  copySecrets,
  createDevice,
  createDeviceOfAlice,
  createFakeServer,
  createFakeTabLock,
  openTab,
  PASSPHRASE,
  startTab,
  tells,
} from "./support.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

Deno.test("a reload opens the session by the device key, also without a network", async () => {
  const device = await createDeviceOfAlice();
  device.server.before = () => {
    throw new TypeError("network");
  };
  const { session, log, faults } = await startTab(device);
  assert.equal(session.phase, "unlocked");
  assert.equal(session.account?.handle, "alice");
  assert.deepEqual(log, ["unlocked"]);
  assert.deepEqual(faults, []);
});

Deno.test("thirty days slide with every start", async () => {
  const device = await createDeviceOfAlice();
  for (let start = 0; start < 3; start++) {
    device.nowMs += 29 * DAY_MS;
    assert.equal((await startTab(device)).session.phase, "unlocked");
  }
});

for (
  const [what, byMs] of [["after thirty days", DEVICE_COPY_TTL_MS + 1], [
    "after the clock went back",
    -DAY_MS,
  ]] as const
) {
  Deno.test(`${what} the passphrase is asked for, and stays asked for`, async () => {
    const device = await createDeviceOfAlice();
    device.nowMs += byMs;
    assert.equal((await startTab(device)).session.phase, "locked");
    assert.equal(await device.database.count("device"), 0);
    device.nowMs -= byMs;
    assert.equal((await startTab(device)).session.phase, "locked");
  });
}

Deno.test("a lock wipes the secrets, and only the passphrase opens again", async () => {
  const device = await createDeviceOfAlice();
  const tab = await startTab(device);
  const { session } = tab;
  const { secrets } = tab.unlocked;
  const before = copySecrets(secrets);
  await session.lock();
  assert.equal(session.phase, "locked");
  assert.equal(session.account?.handle, "alice");
  assert.ok(areWiped(secrets));
  assert.equal(await device.database.count("device"), 0);

  const again = await startTab(device);
  assert.equal(again.session.phase, "locked");
  await assert.rejects(again.session.unlock("wrong horse battery"), tells("wrong_passphrase"));
  await assert.rejects(again.session.unlock(""), tells("wrong_passphrase"));
  assert.equal(again.session.phase, "locked");
  assert.deepEqual(again.log, []);
  await again.session.unlock(PASSPHRASE);
  assert.equal(again.session.phase, "unlocked");
  assert.deepEqual(again.unlocked.secrets, before);
  assert.equal((await startTab(device)).session.phase, "unlocked");
});

Deno.test("what runs on the secrets is stopped before they are wiped", async () => {
  const tab = await startTab(await createDeviceOfAlice());
  await tab.session.lock();
  assert.deepEqual(tab.log, ["unlocked", "locked"]);
});

Deno.test("a lock that is cut short or fails leaves no copy that opens without a passphrase", async () => {
  const device = await createDeviceOfAlice();
  const tab = await startTab(device);
  const { secrets } = tab.unlocked;
  let copies = NaN;
  tab.whenLocked(async () => {
    copies = await device.database.count("device");
    throw new Error("The chats do not stop.");
  });
  await assert.rejects(tab.session.lock(), /do not stop/);
  assert.equal(copies, 0);
  assert.equal(tab.session.phase, "locked");
  assert.ok(areWiped(secrets));
  assert.equal((await startTab(device)).session.phase, "locked");
});

Deno.test("a lock wipes the secrets also where the disk does not let go of the copy", async () => {
  const device = await createDeviceOfAlice();
  const tab = await startTab(device);
  const { secrets } = tab.unlocked;
  device.database.close();
  await assert.rejects(tab.session.lock(), tells("storage_failed"));
  assert.equal(tab.session.phase, "locked");
  assert.ok(areWiped(secrets));
});

Deno.test("two unlocks at once open once", async () => {
  const device = await createDeviceOfAlice();
  await (await startTab(device)).session.lock();
  const { session, log } = await startTab(device);
  await Promise.all([session.unlock(PASSPHRASE), session.unlock(PASSPHRASE)]);
  assert.deepEqual(log, ["unlocked"]);
});

Deno.test("nothing at rest holds the phrase, a secret or the passphrase in the open", async () => {
  const device = await createDeviceOfAlice();
  const tab = await startTab(device);
  const words = await tab.session.revealPhrase(PASSPHRASE);
  const needles = [
    words.join(" "),
    PASSPHRASE,
    ...Object.values(tab.unlocked.secrets).map((secret: Uint8Array) => latin(secret)),
  ];
  const { database } = device;
  const vault = (await database.get("vault", 1))!;
  const copy = (await database.get("device", 1))!;
  const atRest = JSON.stringify(vault) +
    [vault.secrets, vault.phrase, copy.secrets].map(({ data }) => latin(new Uint8Array(data)))
      .join();
  for (const needle of needles) assert.ok(!atRest.includes(needle));
  assert.deepEqual(Object.keys(copy).sort(), ["key", "secrets", "usedAtMs"]);
});

function latin(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

Deno.test("that the phrase was written down is remembered", async () => {
  const device = await createDeviceOfAlice();
  const { session } = await startTab(device);
  let changes = 0;
  session.onChange(() => changes++);
  await session.markPhraseSaved();
  assert.equal(session.isPhraseSaved, true);
  assert.equal(changes, 1);
  assert.equal((await startTab(device)).session.isPhraseSaved, true);
});

for (const isLocked of [false, true]) {
  Deno.test(`sign-out from a ${isLocked ? "locked" : "open"} session leaves nothing`, async () => {
    const device = await createDeviceOfAlice();
    await device.database.put("cursors", { key: "relay", createdAtS: 1 });
    const tab = await startTab(device);
    const { secrets } = tab.unlocked;
    if (isLocked) await tab.session.lock();
    await tab.session.signOut();
    assert.equal(tab.session.phase, "none");
    assert.equal(tab.session.account, null);
    assert.ok(areWiped(secrets));
    for (const store of device.database.objectStoreNames) {
      assert.equal(await device.database.count(store), 0, store);
    }
    assert.equal(device.marks.size, 0);
    assert.equal((await startTab(device)).session.phase, "none");
  });
}

Deno.test("data that the browser threw away is told once", async () => {
  const device = await createDeviceOfAlice();
  const bare = { ...await createDevice(device.server), marks: device.marks };
  const { session } = await startTab(bare);
  assert.equal(session.phase, "erased");
  session.dismissErased();
  assert.equal(session.phase, "none");
  assert.equal((await startTab(bare)).session.phase, "none");
});

Deno.test("a relay that the server names anew is moved to", async () => {
  const device = await createDeviceOfAlice();
  device.server.relayUrl = "wss://moved.example/relay";
  const tab = openTab(device);
  const moved = Promise.withResolvers<void>();
  tab.session.onChange(() => {
    const { phase, account } = tab.session;
    if (phase === "unlocked" && account?.homeRelay === device.server.relayUrl) moved.resolve();
  });
  await tab.session.start();
  await moved.promise;
  assert.deepEqual(tab.log, ["unlocked", "locked", "unlocked"]);
  assert.equal(tab.unlocked.account.homeRelay, device.server.relayUrl);
  assert.ok(!areWiped(tab.unlocked.secrets));
  // The new relay may hold mail of any age that was never seen here.
  assert.equal(tab.unlocked.isRestored, true);
});

Deno.test("of a server with several relays the one that the entry names is home, whichever answers", async () => {
  const server = createFakeServer();
  server.homeRelay = "wss://r2.kez.lat/";
  const device = await createDeviceOfAlice(server);
  for (const relayUrl of ["wss://r1.kez.lat/", "wss://r3.kez.lat/"]) {
    server.relayUrl = relayUrl;
    const asked = Promise.withResolvers<void>();
    server.after = (path) => {
      if (path.startsWith("/v1/p/")) asked.resolve();
    };
    const tab = await startTab(device);
    await asked.promise;
    assert.equal(tab.unlocked.account.homeRelay, server.homeRelay);
    assert.deepEqual(tab.log, ["unlocked"]);
  }
});

Deno.test("while another tab leads nothing is opened here, until the lead is taken over", async () => {
  const device = await createDeviceOfAlice();
  const tabLock = createFakeTabLock({ isFree: false });
  const tab = openTab(device, tabLock);
  const started = tab.session.start();
  assert.equal(tab.session.phase, "starting");
  assert.deepEqual(tab.log, []);
  await tab.session.useHere();
  await started;
  assert.equal(tab.session.phase, "unlocked");
});

Deno.test("the phrase is revealed in a tab that does not lead, too", async () => {
  const device = await createDeviceOfAlice();
  const { session } = openTab(device, createFakeTabLock({ isFree: false }));
  assert.equal((await session.revealPhrase(PASSPHRASE)).length, 12);
  await assert.rejects(session.revealPhrase("wrong horse battery"), tells("wrong_passphrase"));
});

Deno.test("a tab that loses the session to another wipes its secrets", async () => {
  const tab = await startTab(await createDeviceOfAlice());
  const { session } = tab;
  const { secrets } = tab.unlocked;
  tab.tabLock.lose();
  // Its turn comes after that of the loss.
  await session.markPhraseSaved();
  assert.equal(session.phase, "elsewhere");
  assert.ok(areWiped(secrets));
  assert.deepEqual(tab.log, ["unlocked", "locked"]);
  await session.useHere();
  assert.equal(session.phase, "unlocked");
});

Deno.test("what one tab erased or locked does not come back by another that was still at it", async () => {
  const device = await createDeviceOfAlice();
  const storage = createVaultStorage(Promise.resolve(device.database));
  const copy = (await storage.deviceCopy())!;
  const vault = (await storage.vault())!;
  await storage.deleteDeviceCopy();
  await storage.renewDeviceCopy(copy);
  assert.equal(await storage.deviceCopy(), null);
  await storage.erase();
  assert.equal(await storage.changeVault(vault.account.primary, (known) => known), null);
  assert.equal(await storage.vault(), null);
});

Deno.test("a browser that keeps no data is told", async () => {
  const device = await createDevice();
  device.database.close();
  const { session } = openTab(device);
  await assert.rejects(session.start(), tells("storage_failed"));
});

const availabilities = {
  alice: "taken",
  bobby: "free",
  admin: "reserved",
  al: "invalid",
  Alice: "invalid",
};
for (const [handle, expected] of Object.entries(availabilities)) {
  Deno.test(`the handle ${handle} is ${expected}`, async () => {
    const { session } = await startTab(await createDeviceOfAlice());
    assert.equal(await session.handleAvailability(handle), expected);
  });
}

Deno.test("whether a handle is free is unknown without a network", async () => {
  const device = await createDevice();
  const { session } = await startTab(device);
  device.server.before = () => {
    throw new TypeError("network");
  };
  assert.equal(await session.handleAvailability("bobby"), "unknown");
});

Deno.test("a copy whose vault is gone opens nothing, and goes", async () => {
  const device = await createDeviceOfAlice();
  await device.database.clear("vault");
  assert.equal((await startTab(device)).session.phase, "erased");
  assert.equal(await device.database.count("device"), 0);
});

for (const what of ["iv", "data", "usedAtMs"] as const) {
  Deno.test(`a copy in which somebody changed ${what} opens nothing, and goes`, async () => {
    const device = await createDeviceOfAlice();
    const copy = structuredClone((await device.database.get("device", 1))!);
    if (what === "usedAtMs") copy.usedAtMs += 1;
    else new Uint8Array(what === "iv" ? copy.secrets.iv.buffer : copy.secrets.data)[3]! ^= 1;
    await device.database.put("device", copy, 1);
    assert.equal((await startTab(device)).session.phase, "locked");
    assert.equal(await device.database.count("device"), 0);
  });
}

Deno.test("a start during which another tab became the writer begins anew", async () => {
  const device = await createDeviceOfAlice();
  const tabLock = createFakeTabLock();
  let starts = 0;
  const tab = openTab(device, tabLock, {
    onUnlocked() {
      if (starts++ === 2) return Promise.resolve();
      tabLock.lock.stepDown();
      return Promise.reject(new OtherWriterError());
    },
  });
  const phases: string[] = [];
  tab.session.onChange(() => void phases.push(tab.session.phase));
  await tab.session.start();
  assert.equal(tab.session.phase, "unlocked");
  assert.deepEqual(tab.log, ["unlocked", "locked", "unlocked", "locked", "unlocked"]);
  // Nobody is asked for the passphrase in between.
  assert.ok(!phases.includes("locked"));
  assert.deepEqual(tab.faults, []);
});
