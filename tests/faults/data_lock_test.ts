import assert from "node:assert/strict";
import { prepareDataFolder } from "../../server/data_folder.ts";
import { lockData, lockDatabase } from "../../server/data_lock.ts";
import { StartFault } from "../../server/start_fault.ts";
import { runKezChat, temporaryFolder } from "../support/command.ts";
import { startKezChat } from "../support/server.ts";

const FREE_PORTS = ["--bind", "127.0.0.1:0", "--relay-bind", "127.0.0.1:0"];

async function healthOf(url: string): Promise<number> {
  const response = await fetch(`${url}/v1/healthz`);
  await response.body?.cancel();
  return response.status;
}

Deno.test("a second process on the same data is refused with words, and the first one goes on", async () => {
  await using first = await startKezChat();
  const second = await runKezChat([...FREE_PORTS, "--data", first.dataDir]);
  assert.equal(second.code, 1);
  const { event, reason } = JSON.parse(second.stdout.trim());
  assert.equal(event, "kez-chat cannot start");
  assert.equal(
    reason,
    `${first.dataDir} is in use by another kez-chat (process ${first.pid}). ` +
      "Stop that one first, or choose another folder with --data.",
  );
  assert.equal(second.stderr, "");
  assert.equal(await healthOf(first.url), 200);
});

Deno.test("a database is one server's, whether it lies in a data folder, elsewhere or behind a link", async () => {
  await using folder = await temporaryFolder();
  Deno.mkdirSync(`${folder.path}/shared`);
  Deno.symlinkSync(`${folder.path}/shared`, `${folder.path}/link`);
  const elsewhere = `${folder.path}/shared/kez-chat.db`;
  await using first = await startKezChat({ flags: ["--db", elsewhere] });
  await using second = await startKezChat();
  const cases = [
    [elsewhere, first],
    [`${folder.path}/link/kez-chat.db`, first],
    [`${second.dataDir}/kez-chat.db`, second],
  ] as const;
  for (const [dbPath, { pid }] of cases) {
    const dataDir = `${folder.path}/data`;
    const third = await runKezChat([...FREE_PORTS, "--data", dataDir, "--db", dbPath]);
    assert.deepEqual([third.code, third.stderr], [1, ""]);
    assert.equal(
      JSON.parse(third.stdout.trim()).reason,
      `The database ${dbPath} is in use by another kez-chat (process ${pid}). ` +
        "Stop that one first, or choose another file with --db.",
    );
  }
  assert.deepEqual([await healthOf(first.url), await healthOf(second.url)], [200, 200]);
});

Deno.test("a link to a database counts as the database, and a lock is given back", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/kez-chat.db`;
  Deno.writeTextFileSync(path, "");
  Deno.symlinkSync(path, `${folder.path}/link.db`);
  {
    using lock = lockDatabase(`${folder.path}/link.db`);
    assert.equal(lock.path, `${Deno.realPathSync(folder.path)}/kez-chat.db.lock`);
    assert.throws(() => lockDatabase(path), /is in use by another kez-chat \(process \d+\)/);
    using _other = lockDatabase(`${folder.path}/other.db`);
  }
  using _again = lockDatabase(path);
});

Deno.test("what kill -9 leaves behind does not block the next start", async () => {
  await using server = await startKezChat();
  for (let i = 0; i < 3; i++) {
    const { signal } = await server.kill("SIGKILL");
    assert.equal(signal, "SIGKILL");
    await server.restart();
    assert.equal(await healthOf(server.url), 200);
  }
});

Deno.test("a lock is held once, given back, and not confused by what a file of that name holds", async () => {
  await using folder = await temporaryFolder();
  Deno.writeTextFileSync(`${folder.path}/lock`, "999999999 or whatever, and longer than a pid\n");
  {
    using lock = lockData(folder.path);
    assert.equal(Deno.readTextFileSync(lock.path), `${Deno.pid}\n`);
    const isTold = (error: unknown) =>
      error instanceof StartFault && error.message.includes(`process ${Deno.pid}`);
    assert.throws(() => lockData(folder.path), isTold);
    Deno.writeTextFileSync(lock.path, "no pid at all");
    assert.throws(() => lockData(folder.path), /is in use by another kez-chat\. Stop/);
  }
  using _again = lockData(folder.path);
});

Deno.test("a data folder that cannot be had is refused with words", async () => {
  await using folder = await temporaryFolder();
  Deno.writeTextFileSync(`${folder.path}/file`, "");
  Deno.mkdirSync(`${folder.path}/taken/lock`, { recursive: true });
  const cases: Array<[() => unknown, RegExp]> = [
    [() => prepareDataFolder(`${folder.path}/file`), /a file stands where a folder should be/],
    [() => prepareDataFolder(`${folder.path}/file/x`), /a file stands where a folder should be/],
    [() => prepareDataFolder("/proc/kez-chat"), /cannot be created: the system does not allow it/],
    [() => lockData(`${folder.path}/taken`), /The data folder cannot be written/],
    [
      () => lockDatabase(`${folder.path}/none/kez-chat.db`),
      /The folder of the database cannot be written/,
    ],
  ];
  for (const [attempt, words] of cases) {
    assert.throws(attempt, (error) => error instanceof StartFault && words.test(error.message));
  }
  const { code, stdout, stderr } = await runKezChat([
    ...FREE_PORTS,
    "--data",
    `${folder.path}/file`,
  ]);
  assert.deepEqual([code, stderr], [1, ""]);
  assert.match(JSON.parse(stdout.trim()).reason, /a file stands where a folder should be/);
});

Deno.test({
  name: "root writes nothing into a folder whose owner may have laid links there",
  ignore: Deno.uid() !== 0,
  async fn() {
    await using folder = await temporaryFolder();
    const [dataDir, roots] = [`${folder.path}/data`, `${folder.path}/roots`];
    Deno.mkdirSync(dataDir);
    Deno.writeTextFileSync(roots, "root's");
    for (const name of ["lock", "last_backup.json"]) Deno.symlinkSync(roots, `${dataDir}/${name}`);
    Deno.writeTextFileSync(`${dataDir}/kez-chat.db`, "");
    Deno.chownSync(dataDir, 65534, 65534);
    const all = `${folder.path}/all.backup`;
    for (
      const words of [["invite", "list"], ["backup", all], ["server", "rename", "b.example.org"]]
    ) {
      const { code, stderr } = await runKezChat([...words, "--data", dataDir]);
      assert.equal(code, 1);
      assert.match(stderr, /^kez-chat: .*data is another user's.*\n$/, words.join(" "));
    }
    assert.equal(Deno.readTextFileSync(roots), "root's");
    assert.equal([...Deno.readDirSync(dataDir)].length, 3);
  },
});
