import assert from "node:assert/strict";
import { replaceModules } from "../support/import_map.ts";
import { temporaryFolder } from "../support/command.ts";
import { startKezChat } from "../support/server.ts";
import { assertIsConfined, assertIsPowerless, outcomesIn } from "./outcomes.ts";

Deno.test("the running server cannot start a program, read or write outside its data, or ask for more", async () => {
  await using folder = await temporaryFolder();
  const dataDir = `${folder.path}/data`;
  using map = replaceModules({
    "server/storage_probe.ts": `tests/faults/worker_probe.ts?data=${encodeURIComponent(dataDir)}`,
  });
  await using server = await startKezChat({ dataDir, denoFlags: [map.flag] });
  const response = await fetch(`${server.url}/v1/healthz`);
  assert.equal(response.status, 200, await response.text());
  assert.equal(await server.stop(), 0);

  assertIsConfined(outcomesIn(server.logs)[0]);
  assert.deepEqual([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["data"]);
});

Deno.test("the supervisor keeps none of its permissions once the server runs", async () => {
  using map = replaceModules({ "server/lifecycle.ts": "tests/faults/supervisor_probe.ts" });
  await using server = await startKezChat({ denoFlags: [map.flag] });
  assert.equal(await server.stop(), 0);
  assertIsPowerless(outcomesIn(server.logs)[0]);
});

Deno.test("the data folder and its lock are for their owner alone", async () => {
  await using folder = await temporaryFolder();
  const dataDir = `${folder.path}/new/data`;
  await using server = await startKezChat({ dataDir });
  assert.equal(await server.stop(), 0);
  assert.equal(Deno.statSync(dataDir).mode! & 0o777, 0o700);
  assert.equal(Deno.statSync(`${dataDir}/lock`).mode! & 0o077, 0);
  assert.doesNotMatch(server.logs, /other users/);
});

Deno.test("new databases are for their owner alone, wherever they lie", async () => {
  await using folder = await temporaryFolder();
  Deno.chmodSync(folder.path, 0o755);
  const elsewhere = `${folder.path}/elsewhere.db`;
  await using server = await startKezChat({ dataDir: folder.path, flags: ["--db", elsewhere] });
  const names = ["elsewhere.db", "elsewhere.db-wal", "relay.db", "relay.db-wal"];
  for (const name of names) {
    assert.equal(Deno.statSync(`${folder.path}/${name}`).mode! & 0o077, 0, name);
  }
  assert.equal(await server.stop(), 0);
});

Deno.test("a data folder that others can look into is told about", async () => {
  await using folder = await temporaryFolder();
  Deno.chmodSync(folder.path, 0o755);
  await using server = await startKezChat({ dataDir: folder.path });
  assert.equal(await server.stop(), 0);
  assert.match(server.logs, /other users of this machine can look into the data folder/);
});
