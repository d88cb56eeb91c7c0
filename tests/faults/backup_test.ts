import assert from "node:assert/strict";
import { blobAuth, hashOf } from "../http/blobs_support.ts";
import { type Account, makeAccount } from "../http/support.ts";
import { connectClient } from "../relay/support/test_client.ts";
import { runKezChat, temporaryFolder } from "../support/command.ts";
import { type KezChat, startKezChat } from "../support/server.ts";
import { namesIn, publishMail, register, upload } from "./backup_support.ts";

async function remove(server: KezChat, account: Account, sha256: string): Promise<void> {
  const wish = { verb: "delete", sha256, server: server.server, nowMs: Date.now() } as const;
  const headers = { Authorization: blobAuth(account, wish) };
  const answer = await fetch(`${server.url}/${sha256}`, { method: "DELETE", headers });
  assert.ok(answer.ok, await answer.text());
}

async function exportedIds(dataDir: string): Promise<Set<string>> {
  const { code, stdout, stderr } = await runKezChat(["export", "--data", dataDir]);
  assert.equal(code, 0, stderr);
  return new Set(stdout.trimEnd().split("\n").map((line) => JSON.parse(line).id));
}

/** Does something once, then again and again until it is disposed of: what runs meanwhile runs beside it from start to end. */
async function meanwhile(act: () => Promise<void>): Promise<AsyncDisposable> {
  await act();
  let isOver = false;
  const acting = (async () => {
    while (!isOver) await act();
  })();
  return {
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
    await using _mail = await meanwhile(async () => void await publishMail(client, alice));
    await using _files = await meanwhile(async () =>
      await remove(server, alice, await upload(server, alice))
    );
    const { code, stdout, stderr } = await runKezChat(["backup", file, "--data", dataDir]);
    assert.deepEqual([code, stderr.replace(/^kez-chat: \d+ files were removed.*\n/, "")], [0, ""]);
    assert.match(stdout, new RegExp(`^${file}: ${server.server}, \\d+ files, `));
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
  // Of what was restored there is a backup.
  assert.ok(Deno.statSync(`${dataDir}/last_backup.json`).isFile);
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
    [`${folder.path}/none`, /none: It cannot be opened: there is no such file\.$/m],
    [folder.path, /: It is a folder\. Name one of the backups in it\.$/m],
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
  assert.match(stdout, new RegExp(`^restored: ${server.server}, 0 files, `));
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
