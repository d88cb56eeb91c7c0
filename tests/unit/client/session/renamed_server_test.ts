import assert from "node:assert/strict";
import {
  createDevice,
  createDeviceOfAlice,
  openTab,
  PASSPHRASE,
  SERVER,
  startTab,
} from "./support.ts";

const RENAMED = "new.example";

/** Starts a tab and waits until its account is at the server of that name. */
async function startAndMove(device: Parameters<typeof openTab>[0], name: string) {
  const tab = openTab(device);
  const moved = Promise.withResolvers<void>();
  tab.session.onChange(() => {
    const { phase, account } = tab.session;
    if (phase === "unlocked" && account?.server === name) moved.resolve();
  });
  await tab.session.start();
  await moved.promise;
  return tab;
}

Deno.test("a server that was renamed gets the same handle signed for its new name, once", async () => {
  const device = await createDeviceOfAlice();
  const { server } = device;
  server.name = RENAMED;
  server.relayUrl = `wss://${RENAMED}/relay`;
  server.nowMs += 1000;
  const { session, unlocked, log } = await startAndMove(device, RENAMED);
  assert.deepEqual(log, ["unlocked", "locked", "unlocked"]);
  assert.equal(session.account?.fqhn, `alice@${RENAMED}`);
  assert.deepEqual(unlocked.account.formerServers, [SERVER]);
  assert.equal(unlocked.account.homeRelay, server.relayUrl);
  assert.deepEqual(server.sent.map(({ payload }) => payload.server), [SERVER, RENAMED]);
  assert.equal(server.registered.get("alice")?.payload.server, RENAMED);

  const again = await startTab(device);
  assert.equal(again.session.account?.server, RENAMED);
  assert.equal(server.sent.length, 2);
});

Deno.test("another device of the same person follows without another signature", async () => {
  const device = await createDeviceOfAlice();
  const phrase = (await (await startTab(device)).session.revealPhrase(PASSPHRASE)).join(" ");
  const other = await createDevice(device.server);
  const { session } = await startTab(other);
  await session.restore({ phrase, handle: "alice", passphrase: PASSPHRASE });
  device.server.name = RENAMED;
  await startAndMove(device, RENAMED);
  assert.equal(device.server.sent.length, 2);
  const moved = await startAndMove(other, RENAMED);
  assert.equal(device.server.sent.length, 2);
  assert.deepEqual(moved.unlocked.account.formerServers, [SERVER]);
});

Deno.test("a phrase opens the account of a renamed server on a new device, and signs for the new name", async () => {
  const first = await createDeviceOfAlice();
  const phrase = (await (await startTab(first)).session.revealPhrase(PASSPHRASE)).join(" ");
  first.server.name = RENAMED;
  const tab = await startTab(await createDevice(first.server));
  await tab.session.restore({ phrase, handle: "ignored", passphrase: PASSPHRASE });
  assert.equal(tab.session.account?.fqhn, `alice@${RENAMED}`);
  assert.deepEqual(tab.unlocked.account.formerServers, [SERVER]);
  assert.equal(first.server.registered.get("alice")?.payload.server, RENAMED);
});

Deno.test("nothing is signed for a server that has no registration of this identity, or somebody else's", async () => {
  const alice = await createDeviceOfAlice();
  const { registered } = alice.server;
  const own = registered.get("alice")!;
  const asked = Promise.withResolvers<void>();
  alice.server.name = RENAMED;
  alice.server.after = (path) => path.startsWith("/v1/p/") && asked.resolve();
  for (const payload of [null, { ...own.payload, handle: "mallory" }]) {
    registered.clear();
    if (payload) registered.set(payload.handle, { ...own, payload });
    const { session } = await startTab(alice);
    await asked.promise;
    await session.lock();
    assert.equal(session.account?.server, SERVER);
  }
  assert.equal(alice.server.sent.length, 1);
});
