import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { addrOf } from "../../protocol/addr.ts";
import { blobAuth, hashOf } from "../http/blobs_support.ts";
import { type Account, makeAccount, registrationOf } from "../http/support.ts";
import { makeMail } from "../relay/support/events.ts";
import { connectClient, type TestClient } from "../relay/support/test_client.ts";
import { runKezChat, temporaryFolder } from "../support/command.ts";
import { startCommand } from "../support/piped_command.ts";
import { type KezChat, startKezChat } from "../support/server.ts";

async function register(server: KezChat, account: Account, handle: string): Promise<void> {
  const wish = { handle, server: server.server, createdAtMs: Date.now() };
  const body = JSON.stringify(registrationOf(account, wish));
  const answer = await fetch(`${server.url}/v1/register`, { method: "POST", body });
  assert.equal(answer.status, 201, await answer.text());
}

async function upload(server: KezChat, account: Account): Promise<string> {
  const bytes = new Uint8Array(randomBytes(5_000));
  const sha256 = hashOf(bytes);
  const wish = { verb: "upload", sha256, server: server.server, nowMs: Date.now() } as const;
  const headers = { Authorization: blobAuth(account, wish) };
  const answer = await fetch(`${server.url}/upload`, { method: "PUT", headers, body: bytes });
  assert.equal(answer.status, 201, await answer.text());
  return sha256;
}

async function remove(server: KezChat, account: Account, sha256: string): Promise<void> {
  const wish = { verb: "delete", sha256, server: server.server, nowMs: Date.now() } as const;
  const headers = { Authorization: blobAuth(account, wish) };
  const answer = await fetch(`${server.url}/${sha256}`, { method: "DELETE", headers });
  assert.ok(answer.ok, await answer.text());
}

async function publishMail(client: TestClient, account: Account): Promise<string> {
  const event = makeMail(addrOf(account.primary));
  const [isTaken, reason] = await client.publish(event);
  assert.ok(isTaken, reason);
  return event.id;
}

async function exportedIds(dataDir: string): Promise<Set<string>> {
  const { code, stdout, stderr } = await runKezChat(["export", "--data", dataDir]);
  assert.equal(code, 0, stderr);
  return new Set(stdout.trimEnd().split("\n").map((line) => JSON.parse(line).id));
}

/** Does it again and again until the user is done; then one more round has ended. */
function meanwhile(act: () => Promise<void>): AsyncDisposable & { rounds(): number } {
  let [isOver, rounds] = [false, 0];
  const acting = (async () => {
    for (; !isOver; rounds++) await act();
  })();
  return {
    rounds: () => rounds,
    async [Symbol.asyncDispose]() {
      isOver = true;
      await acting;
    },
  };
}

/** All names and contents below a folder but the locks'. */
function snapshotOf(folder: string, below = ""): Map<string, string> {
  const found = new Map<string, string>();
  for (const { name, isDirectory } of Deno.readDirSync(`${folder}${below}`)) {
    const path = `${below}/${name}`;
    if (isDirectory) { for (const one of snapshotOf(folder, path)) found.set(...one); }
    else if (!name.endsWith("lock")) found.set(path, hashOf(Deno.readFileSync(folder + path)));
  }
  return found;
}

Deno.test("a backup beside a server under load holds all that was acknowledged before; restored, people go on", async () => {
  await using folder = await temporaryFolder();
  const [dataDir, file] = [`${folder.path}/data`, `${folder.path}/all.backup`];
  const alice = makeAccount();
  await using server = await startKezChat({ dataDir, flags: ["--rate-limits", "off"] });
  await register(server, alice, "alice");
  const kept = [await upload(server, alice), await upload(server, alice)];
  const client = await connectClient(server.relayUrl);
  const before: string[] = [];
  for (let i = 0; i < 30; i++) before.push(await publishMail(client, alice));
  {
    await using _mail = meanwhile(async () => void await publishMail(client, alice));
    await using files = meanwhile(async () =>
      await remove(server, alice, await upload(server, alice))
    );
    const { code, stdout, stderr } = await runKezChat(["backup", file, "--data", dataDir]);
    assert.deepEqual([code, stderr.replace(/^kez-chat: \d+ files were removed.*\n/, "")], [0, ""]);
    assert.match(stdout, new RegExp(`^${file}: ${server.server}, \\d+ files, `));
    assert.ok(files.rounds() > 0, "nothing went on meanwhile");
  }
  assert.equal(Deno.statSync(file).mode! & 0o777, 0o600);
  const verified = await runKezChat(["backup", "--verify", file]);
  assert.deepEqual([verified.code, verified.stderr], [0, ""]);
  assert.match(verified.stdout, new RegExp(`^ok: ${server.server}, .* sha256 [0-9a-f]{64}\n$`));

  await server.kill("SIGKILL");
  await Deno.remove(dataDir, { recursive: true });
  const name = ["--server", server.server, "--data", dataDir];
  const restored = await runKezChat(["restore", file, ...name]);
  assert.deepEqual([restored.code, restored.stderr], [0, ""]);
  const ids = await exportedIds(dataDir);
  assert.deepEqual(before.filter((id) => !ids.has(id)), []);

  await server.restart();
  const found = await fetch(`${server.url}/v1/u/alice`);
  assert.equal((await found.json()).fqhn, `alice@${server.server}`);
  for (const sha256 of kept) {
    const blob = await fetch(`${server.url}/${sha256}`);
    assert.equal(hashOf(new Uint8Array(await blob.arrayBuffer())), sha256);
  }
  await publishMail(await connectClient(server.relayUrl), alice);
});

Deno.test("a restore is refused beside a running server, over data without --force, and of what is no whole backup; nothing changes", async () => {
  await using folder = await temporaryFolder();
  const [dataDir, file] = [`${folder.path}/data`, `${folder.path}/all.backup`];
  await using server = await startKezChat({ dataDir });
  await register(server, makeAccount(), "alice");
  const name = ["--data", dataDir, "--server", server.server];
  assert.equal((await runKezChat(["backup", file, ...name])).code, 0);
  const running = await runKezChat(["restore", file, "--force", ...name]);
  assert.equal(running.code, 1);
  assert.match(running.stderr, /^kez-chat: .* is in use by another kez-chat \(process \d+\)/);
  assert.equal(await server.stop(), 0);

  const before = snapshotOf(dataDir);
  const bytes = await Deno.readFile(file);
  const changed = async (change: (bytes: Uint8Array) => Uint8Array) => {
    const path = `${folder.path}/changed.backup`;
    await Deno.writeFile(path, change(bytes.slice()));
    return path;
  };
  const flipped = (at: number, to: number) => (b: Uint8Array) => (b[at] = to, b);
  const cases: [string, RegExp][] = [
    [file, /is there already\. --force replaces everything in .* by the backup\.$/m],
    [`${folder.path}/none`, /none: It cannot be opened/],
    [await changed(flipped(bytes.length >> 1, bytes[bytes.length >> 1]! ^ 1)), /It is damaged\.$/m],
  ];
  for (const [path, words] of cases) {
    const force = path === file ? [] : ["--force"];
    const { code, stdout, stderr } = await runKezChat(["restore", path, ...force, ...name]);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, words);
  }
  const later: [(bytes: Uint8Array) => Uint8Array, RegExp][] = [
    [(b) => b.subarray(0, b.length - 40), /It is damaged: it was cut off\.$/m],
    [flipped(17, 2), /A newer version of kez-chat made it \(format 2\)/],
    [(b) => b.subarray(0, 3), /It is damaged/],
    [flipped(0, 0), /It is no backup of a kez-chat server/],
  ];
  for (const [change, words] of later) {
    const path = await changed(change);
    const verified = await runKezChat(["backup", "--verify", path]);
    const { code, stderr } = await runKezChat(["restore", path, "--force", ...name]);
    assert.deepEqual([code, verified.code], [1, 1]);
    assert.match(stderr, words);
    assert.equal(verified.stderr, stderr);
  }
  assert.deepEqual(snapshotOf(dataDir), before);
});

Deno.test("with --force a backup replaces everything, and what was there is gone", async () => {
  await using folder = await temporaryFolder();
  const [dataDir, file] = [`${folder.path}/data`, `${folder.path}/all.backup`];
  await using server = await startKezChat({ dataDir });
  const [alice, bob] = [makeAccount(), makeAccount()];
  await register(server, alice, "alice");
  const name = ["--data", dataDir, "--server", server.server];
  assert.equal((await runKezChat(["backup", file, ...name])).code, 0);
  await register(server, bob, "bob");
  const blob = await upload(server, bob);
  assert.equal(await server.stop(), 0);
  const other = ["--data", dataDir, "--server", "other.example"];
  const { code, stdout, stderr } = await runKezChat(["restore", file, "--force", ...other]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, new RegExp(`^restored ${server.server}, 0 files, `));
  assert.match(stderr, new RegExp(`signed for ${server.server}: start with --server`));
  await server.restart();
  const statuses = ["v1/u/alice", "v1/u/bob", blob].map(async (path) => {
    const answer = await fetch(`${server.url}/${path}`);
    await answer.body?.cancel();
    return answer.status;
  });
  assert.deepEqual(await Promise.all(statuses), [200, 404, 404]);
  const names = Array.from(Deno.readDirSync(dataDir), ({ name }) => name);
  assert.deepEqual(names.filter((name) => /restore/.test(name)), []);
});

Deno.test("a folder gets a backup with a name of its own, and keeps as many as it is told", async () => {
  await using folder = await temporaryFolder();
  const [dataDir, backups] = [`${folder.path}/data`, `${folder.path}/backups`];
  await Deno.mkdir(backups);
  await using server = await startKezChat({ dataDir });
  await register(server, makeAccount(), "alice");
  await Deno.writeTextFile(`${backups}/notes.txt`, "mine");
  const outputs: string[] = [];
  for (let i = 0; i < 3; i++) {
    const { code, stdout } = await runKezChat([
      "backup",
      backups,
      "--keep",
      "2",
      "--data",
      dataDir,
    ]);
    assert.equal(code, 0);
    outputs.push(stdout);
  }
  const names = Array.from(Deno.readDirSync(backups), ({ name }) => name).sort();
  const server_ = server.server.replace(":", "_");
  assert.equal(names.length, 3);
  assert.equal(names[2], "notes.txt");
  assert.match(
    names[0]!,
    new RegExp(`^kez-chat-${server_}-\\d{4}-\\d\\d-\\d\\dT\\d{6}\\.\\d{3}Z\\.backup$`),
  );
  assert.match(outputs[2]!, /^removed kez-chat-localhost_\d+-.*\.backup$/m);
  const cases: [string[], RegExp][] = [
    [["backup", `${backups}/${names[0]}`], /is there already\. Give another name, or a folder\./],
    [["backup", `${backups}/x`, "--keep", "2"], /--keep is for backups into a folder/],
    [["backup", backups, "--keep", "0"], /--keep: "0" is not a number from 1/],
    [["backup", `${folder.path}/none/x`], /There is no folder .*\/none\./],
    [["backup"], /Name the file or folder/],
    [["backup", backups, "--verify", "x"], /--verify makes no backup/],
  ];
  for (const [args, words] of cases) {
    const { code, stderr } = await runKezChat([...args, "--data", dataDir]);
    assert.equal(code, 1);
    assert.match(stderr, words);
  }
  assert.deepEqual(Array.from(Deno.readDirSync(backups), ({ name }) => name).sort(), names);
  const none = await runKezChat(["backup", `${backups}/x`, "--data", `${folder.path}/nobody`]);
  assert.match(none.stderr, /There is no .*\/nobody\/kez-chat\.db: no server has kept anything/);
});

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

function namesIn(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
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
    () => isThere(`${dataDir}/blobs.restore`),
    () => isThere(`${dataDir}/blobs.restore`) && namesIn(`${dataDir}/blobs.restore`).length > 20,
    () => isThere(`${dataDir}/kez-chat.db.restore`),
    () => isThere(`${dataDir}/relay.db.restore`),
    () => isThere(`${dataDir}/restore.json`),
    () => isThere(`${dataDir}/blobs.before-restore`),
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

function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** A disk of so many KiB; null where this user may not mount one. */
async function smallDisk(path: string, sizeKib: number): Promise<AsyncDisposable | null> {
  await Deno.mkdir(path);
  const mount = (command: string, ...args: string[]) =>
    new Deno.Command(command, { args, stderr: "null" }).output().catch(() => ({ success: false }));
  if (!(await mount("mount", "-t", "tmpfs", "-o", `size=${sizeKib}k`, "tmpfs", path)).success) {
    return null;
  }
  return { [Symbol.asyncDispose]: async () => void await mount("umount", path) };
}

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

Deno.test("a server without a relay is backed up, restored and backed up again", async () => {
  await using folder = await temporaryFolder();
  const [dataDir, file] = [`${folder.path}/data`, `${folder.path}/all.backup`];
  await using server = await startKezChat({ dataDir });
  await register(server, makeAccount(), "alice");
  assert.equal(await server.stop(), 0);
  for (const name of namesIn(dataDir).filter((name) => name.startsWith("relay.db"))) {
    await Deno.remove(`${dataDir}/${name}`);
  }
  const settings = ["--data", dataDir, "--server", server.server];
  for (const path of [file, `${file}.2`]) {
    const made = await runKezChat(["backup", path, ...settings]);
    assert.equal(made.code, 0, made.stderr);
    const restored = await runKezChat(["restore", path, "--force", ...settings]);
    assert.equal(restored.code, 0, restored.stderr);
  }
  await server.restart();
  const found = await fetch(`${server.url}/v1/u/alice`);
  assert.equal(found.status, 200, await found.text());
  const health = await fetch(`${server.url}/v1/healthz`);
  assert.equal(health.status, 200, await health.text());
});
