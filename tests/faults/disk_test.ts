import assert from "node:assert/strict";
import { makeEvent } from "../relay/support/events.ts";
import { connectClient } from "../relay/support/test_client.ts";
import { runKezChat, temporaryFolder } from "../support/command.ts";
import { healthOf, lookUp, registerMember, tryToRegister, upload } from "../support/members.ts";
import { startKezChat } from "../support/server.ts";
import { readOnlyMount, smallDisk } from "../support/small_disk.ts";
import { randomBytes } from "../support/random_bytes.ts";

const FLAGS = ["--relay-policy", "open", "--rate-limits", "off"];
const DISK_KIB = 3_072;

/** Writes into a new file until nothing more fits. */
async function fill(path: string): Promise<void> {
  using file = await Deno.create(path);
  const page = new Uint8Array(4_096);
  try {
    for (;;) await file.write(page);
  } catch (error) {
    assert.match(String(error), /No space left/);
  }
}

/** The reason that the last attempt to start ended with. */
async function refusalOf(starting: Promise<unknown>): Promise<string> {
  const error = await starting.then(() => null, (error: Error) => error);
  const line = error?.message.split("\n").findLast((line) => line.includes("cannot start"));
  assert.ok(line, `It started: ${error?.message}`);
  return JSON.parse(line).reason;
}

const skip = (name: string) => console.log(`skipped, no disk can be mounted here: ${name}`);

Deno.test("a full disk refuses what is new in words and serves what is there; with room again all is as before", async (t) => {
  await using folder = await temporaryFolder();
  const disk = `${folder.path}/disk`;
  await using mounted = await smallDisk(disk, DISK_KIB);
  if (mounted === null) return skip(t.name);
  await using server = await startKezChat({ dataDir: `${disk}/data`, flags: FLAGS });
  const alice = await registerMember(server, "alice");
  const secret = randomBytes(32);
  await using client = await connectClient(server.relayUrl);
  const first = makeEvent({ content: "first" }, secret);
  assert.deepEqual(await client.publish(first), [true, ""]);

  await fill(`${disk}/filler`);
  const larger = () => makeEvent({ content: "x".repeat(20_000) }, secret);
  const words = "error: the event could not be stored, try again later";
  assert.deepEqual(await client.publish(larger()), [false, words]);
  const full = { status: 507, code: "storage_full" };
  assert.deepEqual(await tryToRegister(server, { handle: "bob" }), full);
  assert.equal(await upload(server, { account: alice, bytes: new Uint8Array(5_000) }), 507);
  assert.deepEqual(await client.query({ authors: [first.pubkey] }), [first]);
  assert.equal(await lookUp(server, "alice"), 200);
  const checks = { storage: "cannot be written", relay: "cannot be written" };
  assert.deepEqual(await healthOf(server), { status: 503, checks });
  assert.match(server.logs, /"relay\.store_failed".*disk is full","hint":"Make room on its disk"/);

  const invite = await runKezChat(["invite", "create", "--data", `${disk}/data`]);
  assert.match(invite.stderr, /The running server could not do it\. Make room on its disk\.$/m);
  const elsewhere = `${folder.path}/backup`;
  const backup = await runKezChat(["backup", elsewhere, "--data", `${disk}/data`]);
  assert.deepEqual([backup.code, backup.stderr], [0, ""]);
  assert.equal((await runKezChat(["backup", "--verify", elsewhere])).code, 0);

  await Deno.remove(`${disk}/filler`);
  const second = larger();
  assert.deepEqual(await client.publish(second), [true, ""]);
  assert.equal((await tryToRegister(server, { handle: "bob" })).status, 201);

  await fill(`${disk}/filler`);
  const reason = await refusalOf(server.restart());
  assert.match(reason, /\.db cannot be opened: .*disk is full\. Make room on its disk\.$/);
  await Deno.remove(`${disk}/filler`);
  await server.restart();
  await using again = await connectClient(server.relayUrl);
  const kept = await again.query({ authors: [first.pubkey] });
  assert.deepEqual(kept.map(({ id }) => id).sort(), [first.id, second.id].sort());
  assert.deepEqual(await healthOf(server), { status: 200, checks: undefined });
  assert.equal(await server.stop(), 0);
});

Deno.test("data that cannot be written is refused in words, whichever part it is, and is as it was", async (t) => {
  await using folder = await temporaryFolder();
  const [disk, dataDir] = [`${folder.path}/disk`, `${folder.path}/disk/data`];
  await using mounted = await smallDisk(disk, DISK_KIB);
  if (mounted === null) return skip(t.name);
  await using server = await startKezChat({ dataDir, flags: FLAGS });
  await registerMember(server, "alice");
  assert.equal(await server.stop(), 0, server.logs);

  await mounted.setWritable(false);
  assert.match(
    await refusalOf(server.restart()),
    /^The data folder cannot be written: the disk takes no writes\. /,
  );
  await mounted.setWritable(true);

  for (const name of ["kez-chat.db", "relay.db"]) {
    const path = `${dataDir}/${name}`;
    await using _held = await readOnlyMount(path);
    const reason = await refusalOf(server.restart());
    assert.ok(reason.startsWith(`The database ${path} cannot be opened: `), reason);
    assert.match(reason, /readonly database.*on a disk that takes writes\.$/);
  }
  await server.restart();
  assert.equal(await lookUp(server, "alice"), 200);
  assert.equal(await server.stop(), 0, server.logs);
});
