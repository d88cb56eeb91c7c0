import assert from "node:assert/strict";
import { addrOf } from "../../../../protocol/addr.ts";
import { nostrPubkeyOf, primaryOf } from "../../../../protocol/identity.ts";
import { deriveSessionSecrets } from "../../../../protocol/session_secrets.ts";
import type { UserErrorCode } from "../../../../client/user_error.ts";
import {
  createDevice,
  createDeviceOfAlice,
  createFakeServer,
  PASSPHRASE,
  SERVER,
  startTab,
  tells,
} from "./support.ts";

const alice = { handle: "alice", passphrase: PASSPHRASE };
const cut = () => {
  throw new TypeError("network");
};

Deno.test("a device without an account starts with none", async () => {
  const { session } = await startTab(await createDevice());
  assert.equal(session.phase, "none");
  assert.equal(session.account, null);
});

Deno.test("the primary that is shown beforehand is the one that is created, also after a failure", async () => {
  const device = await createDevice();
  const { session } = await startTab(device);
  const [shown, again] = await Promise.all([session.draftPrimary(), session.draftPrimary()]);
  assert.equal(again, shown);
  device.server.before = cut;
  await assert.rejects(session.create(alice), tells("no_network"));
  device.server.before = () => null;
  assert.equal(await session.draftPrimary(), shown);
  await session.create(alice);
  assert.equal(session.account?.primary, shown);
  assert.notEqual(await session.draftPrimary(), shown);
});

Deno.test("creation registers, opens the session and asks for lasting storage", async () => {
  const device = await createDevice();
  const { session, unlocked, log } = await startCreated(device);
  const { account, secrets, isRestored } = unlocked;
  const primary = primaryOf(secrets.identitySecret);
  assert.equal(session.phase, "unlocked");
  assert.equal(session.isPhraseSaved, false);
  assert.equal(isRestored, false);
  assert.deepEqual(session.account, account);
  assert.deepEqual(account, {
    handle: "alice",
    server: SERVER,
    fqhn: `alice@${SERVER}`,
    primary,
    addr: addrOf(primary),
    nostrPubkey: nostrPubkeyOf(secrets.nostrSecret),
    homeRelay: device.server.relayUrl,
  });
  assert.equal(device.server.registered.get("alice")?.payload.primary, primary);
  assert.deepEqual(log, ["persisted", "unlocked"]);
});

async function startCreated(device: Awaited<ReturnType<typeof createDevice>>) {
  const tab = await startTab(device);
  await tab.session.create(alice);
  return tab;
}

Deno.test("the phrase that is revealed is the one that the account is made of", async () => {
  const { session, unlocked } = await startCreated(await createDevice());
  const words = await session.revealPhrase(PASSPHRASE);
  assert.equal(words.length, 12);
  assert.deepEqual(await deriveSessionSecrets(words.join(" ")), unlocked.secrets);
  await assert.rejects(session.revealPhrase("not the passphrase"), tells("wrong_passphrase"));
  await assert.rejects(session.revealPhrase(""), tells("wrong_passphrase"));
});

const refusedBeforehand: [what: string, input: typeof alice, code: UserErrorCode][] = [
  ["a passphrase of seven characters", { ...alice, passphrase: "seven77" }, "short_passphrase"],
  ["a handle of two characters", { ...alice, handle: "al" }, "invalid_handle"],
  ["a reserved handle", { ...alice, handle: "admin" }, "reserved_handle"],
];
for (const [what, input, code] of refusedBeforehand) {
  Deno.test(`creation refuses ${what} without asking the server`, async () => {
    const device = await createDevice();
    device.server.before = cut;
    const { session } = await startTab(device);
    await assert.rejects(session.create(input), tells(code));
    assert.equal(session.phase, "none");
  });
}

Deno.test("a server that is closed is told, and nothing stays", async () => {
  const device = await createDevice();
  device.server.registration = "closed";
  const { session } = await startTab(device);
  await assert.rejects(session.create(alice), tells("registration_closed"));
  assert.equal(await device.database.count("pending_vault"), 0);
});

Deno.test("after a taken handle another one is asked for, and the phrase stays the same", async () => {
  const { server } = await createDeviceOfAlice();
  const device = await createDevice(server);
  const { session } = await startTab(device);
  await assert.rejects(session.create(alice), tells("handle_taken"));
  assert.equal(session.phase, "none");
  assert.equal(await device.database.count("vault"), 0);
  assert.equal(await device.database.count("pending_vault"), 0);
  await session.create({ ...alice, handle: "alice2" });
  assert.equal(session.account?.handle, "alice2");
  const [, refused, accepted] = server.sent;
  assert.equal(refused?.payload.primary, accepted?.payload.primary);
});

Deno.test("the vault is on disk before the registration goes out", async () => {
  const device = await createDevice();
  const { session } = await startTab(device);
  let stored: unknown;
  device.server.before = (path) => {
    if (path === "/v1/register") stored = device.database.get("pending_vault", 1);
    return null;
  };
  await session.create(alice);
  const pending = await stored as { registration: unknown; vault: { account: unknown } };
  assert.deepEqual(pending.registration, device.server.sent[0]);
  assert.deepEqual(pending.vault.account, session.account);
  assert.equal(await device.database.count("pending_vault"), 0);
});

Deno.test("a lost answer is asked for again with the very same document", async () => {
  const device = await createDevice();
  loseAnswers(device.server, 1);
  const { session } = await startCreated(device);
  assert.equal(session.phase, "unlocked");
  assert.equal(device.server.sent.length, 2);
  assert.deepEqual(device.server.sent[0], device.server.sent[1]);
});

/** The server does what it is asked, and the next answers to registrations do not arrive. */
function loseAnswers(server: ReturnType<typeof createFakeServer>, count: number): void {
  let left = count;
  server.after = (path) => {
    if (path === "/v1/register" && left-- > 0) cut();
  };
}

Deno.test("an attempt after lost answers takes the account over, with the passphrase typed last", async () => {
  const device = await createDevice();
  loseAnswers(device.server, 2);
  const { session } = await startTab(device);
  await assert.rejects(session.create(alice), tells("no_network"));
  assert.equal(session.phase, "none");
  await session.create({ ...alice, passphrase: "another passphrase" });
  assert.equal(session.phase, "unlocked");
  assert.equal((await session.revealPhrase("another passphrase")).length, 12);
  assert.equal(device.server.registered.size, 1);
});

Deno.test("an account that was made under another handle without an answer is found", async () => {
  const device = await createDevice();
  loseAnswers(device.server, 2);
  const { session } = await startTab(device);
  await assert.rejects(session.create(alice), tells("no_network"));
  await session.create({ ...alice, handle: "alice2" });
  assert.equal(session.account?.handle, "alice");
  assert.deepEqual([...device.server.registered.keys()], ["alice"]);
});

Deno.test("a crash after the registration went out loses nothing", async () => {
  const device = await createDevice();
  loseAnswers(device.server, 2);
  const first = await startTab(device);
  await assert.rejects(first.session.create(alice), tells("no_network"));

  const { session } = await startTab(device);
  assert.equal(session.phase, "locked");
  assert.equal(session.account?.handle, "alice");
  await session.unlock(PASSPHRASE);
  assert.equal((await session.revealPhrase(PASSPHRASE)).length, 12);
  assert.deepEqual(device.server.sent[2], device.server.sent[0]);
});

Deno.test("a crash before the registration arrived ends with an account after all", async () => {
  const device = await createDevice();
  device.server.before = (path) => path === "/v1/register" ? cut() : null;
  const first = await startTab(device);
  await assert.rejects(first.session.create(alice), tells("no_network"));
  assert.equal(device.server.registered.size, 0);

  device.server.before = () => null;
  const { session } = await startTab(device);
  assert.equal(session.phase, "locked");
  assert.equal(device.server.registered.size, 1);
});

Deno.test("what is pending after a crash is settled once there is a network", async () => {
  const device = await createDevice();
  loseAnswers(device.server, 2);
  const first = await startTab(device);
  await assert.rejects(first.session.create(alice), tells("no_network"));

  device.server.before = cut;
  const { session } = await startTab(device);
  assert.equal(session.phase, "none");
  device.server.before = () => null;
  await session.create({ handle: "bob", passphrase: PASSPHRASE });
  assert.equal(session.phase, "locked");
  assert.equal(session.account?.handle, "alice");
  assert.deepEqual([...device.server.registered.keys()], ["alice"]);
});

Deno.test("what is pending after a crash goes where somebody else has the handle by now", async () => {
  const device = await createDevice();
  device.server.before = (path) => path === "/v1/register" ? cut() : null;
  const first = await startTab(device);
  await assert.rejects(first.session.create(alice), tells("no_network"));
  device.server.before = () => null;
  await createDeviceOfAlice(device.server);

  const { session } = await startTab(device);
  assert.equal(session.phase, "none");
  assert.equal(await device.database.count("pending_vault"), 0);
});

Deno.test("a pending account that is too old to be sent is found by its primary", async () => {
  const device = await createDevice();
  loseAnswers(device.server, 2);
  const first = await startTab(device);
  await assert.rejects(first.session.create(alice), tells("no_network"));
  device.server.nowMs += 3_600_000;
  device.nowMs += 3_600_000;
  const { session } = await startTab(device);
  assert.equal(session.phase, "locked");
});

for (const offHours of [-2, 5]) {
  Deno.test(`a clock that is ${offHours} hours off is corrected by the server's`, async () => {
    const device = await createDevice();
    device.nowMs += offHours * 3_600_000;
    const { session } = await startCreated(device);
    assert.equal(session.phase, "unlocked");
    assert.equal(device.server.sent.length, 1);
  });
}

Deno.test("an answer about somebody else is not taken for one's own account", async () => {
  const device = await createDevice();
  const { server } = await createDeviceOfAlice();
  const [, aliceDocument] = [...server.registered][0]!;
  const { handle, primary } = aliceDocument.payload;
  const lie = { handle, primary, nostr: null, relays: [], registration: aliceDocument };
  const { session } = await startTab(device);
  device.server.before = (path) =>
    path === "/v1/register" ? new Response(JSON.stringify(lie), { status: 201 }) : null;
  await assert.rejects(session.create({ ...alice, handle: "bob" }), tells("server_error"));
  assert.equal(session.phase, "none");
});

Deno.test("a server that lets people in by invitation is asked with the code, and not without", async () => {
  const device = await createDevice();
  device.server.registration = "invite";
  const { session } = await startTab(device);
  await assert.rejects(session.create(alice), tells("invalid_invite"));
  assert.equal(device.server.sent.length, 0);
  await assert.rejects(session.create({ ...alice, invite: "fog" }), tells("invalid_invite"));
  assert.equal(session.phase, "none");
  await session.create({ ...alice, invite: "harbour" });
  assert.equal(session.phase, "unlocked");
});

Deno.test("the invite code is there again after a crash in the middle of a creation", async () => {
  const device = await createDevice();
  device.server.registration = "invite";
  device.server.before = (path) => path === "/v1/register" ? cut() : null;
  const first = await startTab(device);
  await assert.rejects(
    first.session.create({ ...alice, invite: "harbour" }),
    tells("no_network"),
  );
  device.server.before = () => null;
  const { session } = await startTab(device);
  assert.equal(session.phase, "locked");
  assert.equal(device.server.registered.size, 1);
});
