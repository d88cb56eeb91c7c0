import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { copyDatabases } from "../../../../server/backup/database_copy.ts";
import { temporaryFolder } from "../../../support/command.ts";

/** Moves amounts between accounts of one database for ever: their sum is always 0, and both tables are equal. */
const WRITER = `
import { DatabaseSync } from "node:sqlite";
const [path, checkpointPages] = Deno.args;
const db = new DatabaseSync(path);
db.exec("PRAGMA busy_timeout = 5000; PRAGMA synchronous = OFF; PRAGMA wal_autocheckpoint = " + checkpointPages);
const change = ["a", "b"].map((table) =>
  db.prepare("UPDATE " + table + " SET amount = amount + ?, filling = randomblob(900) WHERE id = ?"));
const random = (below) => Math.floor(Math.random() * below);
for (let round = 0; ; round++) {
  db.exec("BEGIN IMMEDIATE");
  for (let i = 0; i < 1 + random(20); i++) {
    const [from, to, amount] = [random(200), random(200), random(100)];
    for (const statement of change) { statement.run(-amount, from); statement.run(amount, to); }
  }
  db.exec("COMMIT");
  // With nobody else reading, the log then begins anew.
  if (round % 7 === 0) db.prepare("PRAGMA wal_checkpoint(PASSIVE)").all();
  if (round === 0) console.log("ready");
}
`;

function fill(path: string): void {
  using stack = new DisposableStack();
  const db = stack.adopt(new DatabaseSync(path), (db) => db.close());
  db.exec("PRAGMA journal_mode = WAL");
  for (const table of ["a", "b"]) {
    db.exec(`CREATE TABLE ${table} (id INTEGER PRIMARY KEY, amount INTEGER, filling BLOB)`);
    db.exec(
      `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 199) ` +
        `INSERT INTO ${table} SELECT i, 0, randomblob(900) FROM n`,
    );
  }
}

function look(path: string) {
  using stack = new DisposableStack();
  const db = stack.adopt(new DatabaseSync(path, { readOnly: true }), (db) => db.close());
  return db.prepare(`SELECT (SELECT sum(amount) FROM a) AS sum, (SELECT count(*) FROM a JOIN b
    USING (id, amount)) AS same, (SELECT integrity_check FROM pragma_integrity_check) AS verdict`)
    .get();
}

async function startWriter(path: string, checkpointPages: number) {
  const script = `${path}.ts`;
  await Deno.writeTextFile(script, WRITER);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", script, path, String(checkpointPages)],
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  return {
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await Promise.all([reader.cancel(), child.status]);
    },
  };
}

Deno.test("copies of a database that another process writes without a pause are whole, each of one moment", async () => {
  for (const checkpointPages of [10, 1000]) {
    await using folder = await temporaryFolder();
    const from = join(folder.path, "live.db");
    fill(from);
    await using _writer = await startWriter(from, checkpointPages);
    const rounds = Number(Deno.env.get("FUZZ_ROUNDS") ?? 8);
    for (let i = 0; i < rounds; i++) {
      const to = join(folder.path, `copy-${i}.db`);
      await copyDatabases([{ from, to }]);
      assert.deepEqual({ ...look(to) }, { sum: 0, same: 200, verdict: "ok" });
      for (const suffix of ["-wal", "-shm"]) {
        await Deno.remove(to + suffix).catch(() => {});
      }
      await Deno.remove(to);
    }
  }
});

Deno.test("nobody who writes waits for a copy, which keeps what was there when it began", async () => {
  await using folder = await temporaryFolder();
  const [from, to] = [join(folder.path, "live.db"), join(folder.path, "copy.db")];
  fill(from);
  using stack = new DisposableStack();
  const writer = stack.adopt(new DatabaseSync(from), (db) => db.close());
  writer.exec("PRAGMA busy_timeout = 0");
  await Promise.all([
    copyDatabases([{ from, to }]),
    Promise.try(() => writer.exec("UPDATE a SET amount = amount + 1")),
  ]);
  assert.deepEqual({ ...look(to) }, { sum: 0, same: 200, verdict: "ok" });
  assert.deepEqual({ ...look(from) }, { sum: 200, same: 0, verdict: "ok" });
});

Deno.test("a copy is one file, for its owner alone", async () => {
  await using folder = await temporaryFolder();
  const [from, to] = [join(folder.path, "live.db"), join(folder.path, "copy.db")];
  fill(from);
  await copyDatabases([{ from, to }]);
  assert.equal(Deno.statSync(to).mode! & 0o777, 0o600);
  assert.throws(() => Deno.statSync(`${to}-wal`), Deno.errors.NotFound);
  assert.deepEqual({ ...look(to) }, { sum: 0, same: 200, verdict: "ok" });
});

Deno.test("a damaged database, a file that is none, and one that is not there are refused in words", async () => {
  await using folder = await temporaryFolder();
  const from = join(folder.path, "live.db");
  fill(from);
  using stack = new DisposableStack();
  const file = stack.use(Deno.openSync(from, { write: true }));
  for (let page = 3; page < 60; page++) {
    file.seekSync(page * 4096 + 10, Deno.SeekMode.Start);
    file.writeSync(new Uint8Array(2000).fill(0xa5));
  }
  await Deno.writeTextFile(
    join(folder.path, "text.db"),
    "this is no database, but a long enough text",
  );
  for (const name of ["live.db", "text.db", "nowhere.db"]) {
    const path = join(folder.path, name);
    await assert.rejects(
      copyDatabases([{ from: path, to: join(folder.path, `copy-of-${name}`) }]),
      { name: "StartFault", message: new RegExp(`^${path} cannot be copied \\(`) },
    );
  }
});
