import assert from "node:assert/strict";
import { makeAccount } from "../http/support.ts";
import { connectClient } from "../relay/support/test_client.ts";
import { runKezChat, temporaryFolder } from "../support/command.ts";
import { startCommand } from "../support/piped_command.ts";
import { startKezChat } from "../support/server.ts";
import { smallDisk } from "../support/small_disk.ts";
import { isThere, namesIn, publishMail, register, upload } from "./backup_support.ts";

/** Starts a command and kills it as soon as a file or folder is there; false where it ended before. */
async function killAt(isTime: () => boolean, args: readonly string[]): Promise<boolean> {
  await using command = startCommand(args);
  let hasEnded = false;
  command.child.status.then(() => hasEnded = true);
  while (!hasEnded && !isTime()) await new Promise((resolve) => setTimeout(resolve, 1));
  if (hasEnded) return false;
  await command.kill("SIGKILL");
  return true;
}

/** Fills a data folder so far that a backup of it takes a while; two people, one mail each, many files. */
async function fillData(dataDir: string): Promise<{ server: string }> {
  await using server = await startKezChat({ dataDir, flags: ["--rate-limits", "off"] });
  const account = makeAccount();
  await register(server, account, "alice");
  const client = await connectClient(server.relayUrl);
  for (let i = 0; i < 20; i++) await publishMail(client, account);
  for (let i = 0; i < 60; i++) await upload(server, account);
  assert.equal(await server.stop(), 0);
  return { server: server.server };
}

Deno.test("a backup that is killed leaves no file under its name, and the next one clears up behind it", async () => {
  await using folder = await temporaryFolder();
  const [dataDir, backups] = [`${folder.path}/data`, `${folder.path}/backups`];
  await fillData(dataDir);
  await Deno.mkdir(backups);
  const args = ["backup", `${backups}/all.backup`, "--data", dataDir];
  const workshops = () => namesIn(backups).filter((name) => name.endsWith(".kez-chat-part"));
  const hasBegun = (file: string) => () =>
    workshops().some((name) => namesIn(`${backups}/${name}`).includes(file));
  for (const file of ["lock", "kez-chat.db", "relay.db", "backup"]) {
    await Deno.remove(`${backups}/all.backup`).catch(() => {});
    if (!await killAt(hasBegun(file), args)) continue;
    assert.deepEqual(namesIn(backups).filter((name) => name === "all.backup"), []);
  }
  await Deno.remove(`${backups}/all.backup`).catch(() => {});
  const { code, stderr } = await runKezChat(args);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.deepEqual(namesIn(backups), ["all.backup"]);

  await using stopped = startCommand(["backup", `${backups}/other.backup`, "--data", dataDir]);
  while (workshops().length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  const ended = await stopped.kill("SIGTERM");
  assert.equal(ended.code, 143, ended.stderr);
  assert.deepEqual(namesIn(backups), ["all.backup"]);
});

Deno.test("a restore that is killed at any time is the old data or the new at the next start, never a mixture", async () => {
  await using folder = await temporaryFolder();
  const [dataDir, file] = [`${folder.path}/data`, `${folder.path}/all.backup`];
  const { server } = await fillData(`${folder.path}/first`);
  assert.equal((await runKezChat(["backup", file, "--data", `${folder.path}/first`])).code, 0);
  const counts = new Map<number, number>();
  const times: (() => boolean)[] = [
    () => isThere(`${dataDir}/blobs.kez-chat-restore`),
    () =>
      isThere(`${dataDir}/blobs.kez-chat-restore`) &&
      namesIn(`${dataDir}/blobs.kez-chat-restore`).length > 20,
    () => isThere(`${dataDir}/kez-chat.db.kez-chat-restore`),
    () => isThere(`${dataDir}/relay.db.kez-chat-restore`),
    () => isThere(`${dataDir}/restore.json`),
    () => isThere(`${dataDir}/blobs.kez-chat-replaced`),
  ];
  for (const isTime of times) {
    await Deno.remove(dataDir, { recursive: true }).catch(() => {});
    const old = await (async () => {
      await using small = await startKezChat({ dataDir, flags: ["--server", server] });
      await register({ ...small, url: small.url, server }, makeAccount(), "zoe");
      assert.equal(await small.stop(), 0);
      return "zoe";
    })();
    await killAt(isTime, ["restore", file, "--force", "--data", dataDir, "--server", server]);
    await using again = await startKezChat({ dataDir, flags: ["--server", server] });
    const statuses = await Promise.all(["alice", old].map(async (handle) => {
      const answer = await fetch(`${again.url}/v1/u/${handle}`);
      await answer.body?.cancel();
      return answer.status;
    }));
    const isNew = statuses[0] === 200;
    assert.deepEqual(statuses, isNew ? [200, 404] : [404, 200]);
    assert.equal(namesIn(dataDir).filter((name) => /restore/.test(name)).join(), "");
    const blobs = namesIn(`${dataDir}/blobs`).filter((name) => name !== "drafts");
    assert.equal(blobs.length > 0, isNew);
    counts.set(statuses[0]!, (counts.get(statuses[0]!) ?? 0) + 1);
    await again.kill();
  }
  assert.ok(counts.get(404)! > 0, "none was killed before it was committed");
});

Deno.test("a full disk ends a backup and a restore in words; nothing half-made stays, and the old data does", async (t) => {
  await using folder = await temporaryFolder();
  const [dataDir, disk] = [`${folder.path}/data`, `${folder.path}/disk`];
  await using mounted = await smallDisk(disk, 600);
  if (mounted === null) return console.log(`skipped, no disk can be mounted here: ${t.name}`);
  const { server } = await fillData(dataDir);
  const name = ["--data", dataDir, "--server", server];
  const full = await runKezChat(["backup", `${disk}/all.backup`, ...name]);
  assert.equal(full.code, 1);
  assert.match(
    full.stderr,
    /^kez-chat: The disk is full\. Make room, then try again; nothing was changed\.$/m,
  );
  assert.deepEqual(namesIn(disk), []);

  const file = `${folder.path}/all.backup`;
  assert.equal((await runKezChat(["backup", file, ...name])).code, 0);
  const into = ["--data", `${disk}/data`, "--server", server];
  const { code, stderr } = await runKezChat(["restore", file, ...into]);
  assert.equal(code, 1);
  assert.match(stderr, /The disk of .* has 0\.\d MiB free, and the backup needs \d\.\d MiB/);
  assert.deepEqual(namesIn(`${disk}/data`).filter((name) => !name.endsWith("lock")), []);
});

Deno.test("what the disk has damaged is told: a file is left out of the backup, a database page ends it, and no older backup goes", async () => {
  await using folder = await temporaryFolder();
  const [dataDir, backups] = [`${folder.path}/data`, `${folder.path}/backups`];
  await Deno.mkdir(backups);
  await using server = await startKezChat({ dataDir });
  const alice = makeAccount();
  await register(server, alice, "alice");
  const [good, broken] = [await upload(server, alice), await upload(server, alice)];
  const client = await connectClient(server.relayUrl);
  for (let i = 0; i < 20; i++) await publishMail(client, alice);
  assert.equal(await server.stop(), 0);
  const settings = ["--data", dataDir, "--server", server.server];
  await Deno.writeTextFile(`${dataDir}/blobs/${broken.slice(0, 2)}/${broken}`, "something else");

  const partly = await runKezChat(["backup", backups, "--keep", "1", ...settings]);
  assert.equal(partly.code, 1);
  assert.match(
    partly.stderr,
    /^kez-chat: 1 files are damaged on the disk; they are not in it, everything else is$/m,
  );
  const [name] = namesIn(backups);
  const verified = await runKezChat(["backup", "--verify", `${backups}/${name}`]);
  assert.match(verified.stdout, /^ok: .*, 1 files, /);
  const restored = await runKezChat(["restore", `${backups}/${name}`, "--force", ...settings]);
  assert.equal(restored.code, 0, restored.stderr);
  await server.restart();
  const statuses = await Promise.all([good, broken].map(async (sha256) => {
    const answer = await fetch(`${server.url}/${sha256}`);
    await answer.body?.cancel();
    return answer.status;
  }));
  assert.deepEqual(statuses, [200, 404]);
  assert.equal(await server.stop(), 0);

  using database = await Deno.open(`${dataDir}/relay.db`, { write: true });
  for (let page = 3; page < 20; page++) {
    await database.seek(page * 4096, Deno.SeekMode.Start);
    await database.write(new Uint8Array(4096).fill(0xa5));
  }
  const { code, stderr } = await runKezChat(["backup", backups, "--keep", "1", ...settings]);
  assert.equal(code, 1);
  assert.match(
    stderr,
    /relay\.db cannot be copied \(.*\)\. .*the database is damaged: restore an earlier backup/,
  );
  assert.deepEqual(namesIn(backups), [name]);
});
