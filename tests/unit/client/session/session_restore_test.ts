import assert from "node:assert/strict";
import {
  createDevice,
  createDeviceOfAlice,
  PASSPHRASE,
  PHRASE,
  startTab,
  tells,
} from "./support.ts";

async function phraseOf(device: Parameters<typeof startTab>[0]): Promise<string> {
  const { session } = await startTab(device);
  return (await session.revealPhrase(PASSPHRASE)).join(" ");
}

Deno.test("a phrase brings its account to another device, under the handle that it has", async () => {
  const first = await createDeviceOfAlice();
  const phrase = await phraseOf(first);
  const tab = await startTab(await createDevice(first.server));
  const typed = `  ${phrase.toUpperCase().replaceAll(" ", "\n")} `;
  assert.deepEqual(await tab.session.findByPhrase(typed), { handle: "alice" });
  await tab.session.restore({ phrase: typed, handle: "ignored", passphrase: "new passphrase" });
  assert.equal(tab.session.phase, "unlocked");
  assert.equal(tab.session.account?.handle, "alice");
  assert.equal(tab.session.isPhraseSaved, true);
  assert.equal(tab.unlocked.isRestored, true);
  assert.deepEqual(await tab.session.revealPhrase("new passphrase"), phrase.split(" "));
  assert.equal(first.server.sent.length, 1);
});

async function restoredLeader(device: Parameters<typeof startTab>[0]) {
  const tab = await startTab(device);
  await tab.session.restore({ phrase: PHRASE, handle: "leader", passphrase: PASSPHRASE });
  return tab;
}

Deno.test("once all that the relay holds was read, a restored account is as any other", async () => {
  const device = await createDevice();
  const { session, unlocked } = await restoredLeader(device);
  assert.equal(unlocked.isRestored, true);
  assert.equal((await startTab(device)).unlocked.isRestored, true);
  unlocked.onCaughtUp();
  // Its turn comes after that of the reading.
  await session.lock();
  await session.unlock(PASSPHRASE);
  assert.equal((await startTab(device)).unlocked.isRestored, false);
});

Deno.test("a phrase without a handle registers the one that was asked for", async () => {
  const device = await createDevice();
  const { session } = await startTab(device);
  assert.deepEqual(await session.findByPhrase(PHRASE), { handle: null });
  await session.restore({ phrase: PHRASE, handle: "leader", passphrase: PASSPHRASE });
  assert.equal(session.account?.handle, "leader");
  assert.equal(
    session.account?.nostrPubkey,
    "17162c921dc4d2518f9a101db33695df1afb56ab82f5ff3e5da6eec3ca5cd917",
  );
  assert.equal(device.server.registered.size, 1);
});

Deno.test("a bad phrase is named by its word", async () => {
  const { session } = await startTab(await createDevice());
  const bad = PHRASE.replace("bean", "beanz");
  const told = tells("bad_phrase", /^Word 12, 'beanz'/);
  await assert.rejects(session.findByPhrase(bad), told);
  const input = { phrase: bad, handle: "leader", passphrase: PASSPHRASE };
  await assert.rejects(session.restore(input), told);
});

Deno.test("a taken handle leaves a restore where it was", async () => {
  const { server } = await createDeviceOfAlice();
  const device = await createDevice(server);
  const { session } = await startTab(device);
  const input = { phrase: PHRASE, handle: "alice", passphrase: PASSPHRASE };
  await assert.rejects(session.restore(input), tells("handle_taken"));
  assert.equal(session.phase, "none");
  await session.restore({ ...input, handle: "leader" });
  assert.equal(session.account?.handle, "leader");
});

Deno.test("a forgotten passphrase is replaced by the phrase, and the history stays", async () => {
  const device = await createDeviceOfAlice();
  const phrase = await phraseOf(device);
  await (await startTab(device)).session.lock();
  await device.database.put("cursors", { key: "relay", createdAtS: 1 });

  const { session } = await startTab(device);
  await session.restore({ phrase, handle: "", passphrase: "new passphrase" });
  assert.equal(session.phase, "unlocked");
  assert.equal(await device.database.count("cursors"), 1);
  await session.lock();
  await assert.rejects(session.unlock(PASSPHRASE), tells("wrong_passphrase"));
  await session.unlock("new passphrase");
});

Deno.test("another phrase on a locked device takes everything of the old account away", async () => {
  const device = await createDeviceOfAlice();
  await (await startTab(device)).session.lock();
  await device.database.put("cursors", { key: "relay", createdAtS: 1 });
  const { session } = await startTab(device);
  await session.restore({ phrase: PHRASE, handle: "leader", passphrase: PASSPHRASE });
  assert.equal(session.account?.handle, "leader");
  assert.equal(await device.database.count("cursors"), 0);
  assert.equal((await startTab(device)).session.account?.handle, "leader");
});

Deno.test("a restore that fails on a locked device leaves the old account", async () => {
  const device = await createDeviceOfAlice();
  await (await startTab(device)).session.lock();
  const { session } = await startTab(device);
  const input = { phrase: PHRASE, handle: "alice", passphrase: PASSPHRASE };
  await assert.rejects(session.restore(input), tells("handle_taken"));
  assert.equal(session.phase, "locked");
  await session.unlock(PASSPHRASE);
  assert.equal(session.account?.handle, "alice");
});

Deno.test("a restore works on a server that is closed, where the phrase has an account", async () => {
  const first = await createDeviceOfAlice();
  const phrase = await phraseOf(first);
  first.server.registration = "closed";
  const { session } = await startTab(await createDevice(first.server));
  const other = { phrase: PHRASE, handle: "leader", passphrase: PASSPHRASE };
  await assert.rejects(session.restore(other), tells("registration_closed"));
  await session.restore({ ...other, phrase });
  assert.equal(session.account?.handle, "alice");
});
