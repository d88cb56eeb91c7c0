import assert from "node:assert/strict";
import { bytesToHex } from "../../../../protocol/bytes.ts";
import type { SessionSecrets } from "../../../../protocol/identity.ts";
import { createAttemptGuard } from "../../../../client/session/attempt_guard.ts";
import { createLocks } from "../../../../client/session/locks.ts";
import { openSecrets } from "../../../../client/session/vault.ts";
import { createVaultStorage } from "../../../../client/session/vault_storage.ts";
import { startWorld, type World } from "../chats/world.ts";
import { createFakeBiometrics } from "../session/fake_biometrics.ts";
import { PASSPHRASE, quickDeriveKey, tells } from "../session/support.ts";
import { createFakeBrowser } from "./fake_browser.ts";
import { type Desk, openDesk, openTab, type Tab } from "./tab.ts";

const NEXT = "staple harbour lantern";

/** A browser in which one tab leads and another one follows. */
async function openPair(world: World) {
  const person = world.person("alice");
  const desk = await openDesk(world, { person, browser: createFakeBrowser() });
  const [leader, follower] = [await openOne(desk), await openOne(desk)];
  return { desk, leader, follower };
}

async function openOne(desk: Desk): Promise<Tab> {
  const tab = openTab(desk);
  await tab.until("unlocked", () => tab.session.phase === "unlocked" && tab.chats.isLoaded);
  return tab;
}

/** What changes the locks from a tab. */
function locksOf({ session }: Tab, { session: device }: Desk) {
  const storage = createVaultStorage(Promise.resolve(device.database));
  return createLocks({
    session,
    storage,
    biometrics: createFakeBiometrics().biometrics,
    guard: createAttemptGuard({ storage, nowMs: () => device.nowMs }),
    deriveKey: quickDeriveKey,
    onFault(error) {
      throw error;
    },
  });
}

/** Everything that was said between the tabs, as text. */
function saidIn({ browser }: Desk): string {
  return JSON.stringify(browser.said, (_name, value) => {
    return value instanceof Uint8Array ? bytesToHex(value) : value;
  });
}

async function secretsOf({ session: { database } }: Desk): Promise<SessionSecrets> {
  const vault = (await database.get("vault", 1))!;
  return await openSecrets(vault, { passphrase: NEXT, deriveKey: quickDeriveKey });
}

Deno.test("a passphrase is changed from a tab that follows, and no secret crosses", async () => {
  await using world = await startWorld();
  const { desk, leader, follower } = await openPair(world);
  await using _leader = leader;
  await using _follower = follower;
  const locks = locksOf(follower, desk);
  const wrong = { current: "wrong horse battery", next: NEXT };
  await assert.rejects(locks.changePassphrase(wrong), tells("wrong_passphrase"));
  await locks.changePassphrase({ current: PASSPHRASE, next: NEXT });
  assert.equal((await follower.session.revealPhrase(NEXT)).length, 12);
  const said = saidIn(desk);
  const secrets = Object.values(await secretsOf(desk)) as Uint8Array[];
  for (const needle of [PASSPHRASE, NEXT, ...secrets.map(bytesToHex)]) {
    assert.ok(!said.includes(needle));
  }
});

Deno.test("biometrics are set up from a tab that follows, and shown in both", async () => {
  await using world = await startWorld();
  const { desk, leader, follower } = await openPair(world);
  await using _leader = leader;
  await using _follower = follower;
  const locks = locksOf(follower, desk);
  await locks.addBiometrics();
  await follower.until("set up", () => follower.session.locks?.authenticators.length === 1);
  assert.equal(leader.session.locks?.asksAtStart, true);
  assert.equal(await desk.session.database.count("device"), 0);

  await leader.session.lock();
  await follower.until("locked", () => follower.session.phase === "locked");
  // It is unlocked where the finger is.
  await locks.unlockByBiometrics();
  await leader.until("unlocked", () => leader.session.phase === "unlocked");
  assert.equal(follower.session.phase, "unlocked");
});

Deno.test("an account that is deleted in a tab that follows is gone in both", async () => {
  await using world = await startWorld();
  const { desk, leader, follower } = await openPair(world);
  await using _leader = leader;
  await using _follower = follower;
  await follower.session.deleteAccount();
  await follower.until("gone", () => follower.session.phase === "none");
  assert.equal(leader.session.phase, "none");
  assert.equal(desk.session.server.registered.size, 0);
});
