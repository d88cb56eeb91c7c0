import assert from "node:assert/strict";
import { temporaryFolder } from "../support/command.ts";
import { buildTestExecutable, COMPILER } from "../support/executable.ts";
import { startKezChat } from "../support/server.ts";
import { copySources } from "../support/source_copy.ts";
import { assertIsConfined, assertIsPowerless, outcomesIn } from "./outcomes.ts";

/** The executable with the probes of `permissions_test.ts` built in, as nothing can be put in from outside. */
async function buildWithProbes(dataDir: string) {
  await using sources = await copySources();
  await sources.put("tests/faults/attempts.ts", { to: "server/attempts.ts" });
  await sources.put("tests/faults/worker_probe.ts", {
    to: "server/storage_probe.ts",
    changes: {
      "../../server/version.ts": "./version.ts",
      'new URL(import.meta.url).searchParams.get("data")!': JSON.stringify(dataDir),
    },
  });
  await sources.put("server/lifecycle.ts", { to: "server/real_lifecycle.ts" });
  await sources.put("tests/faults/supervisor_probe.ts", {
    to: "server/lifecycle.ts",
    changes: {
      '"../../server/lifecycle.ts"': '"./real_lifecycle.ts"',
      "import.meta.filename!": "Deno.mainModule",
    },
  });
  return await buildTestExecutable(sources.root);
}

Deno.test({
  name: "the running executable cannot start a program, nor read or write outside its data",
  ignore: COMPILER === null,
  async fn() {
    await using folder = await temporaryFolder();
    const dataDir = `${folder.path}/data`;
    await Deno.mkdir(dataDir, { mode: 0o700 });
    await using executable = await buildWithProbes(dataDir);
    await using server = await startKezChat({ dataDir, executable: executable.path });
    const response = await fetch(`${server.url}/v1/healthz`);
    assert.equal(response.status, 200, await response.text());
    assert.equal(await server.stop(), 0);
    const [ofWorker, ofSupervisor] = outcomesIn(server.logs);
    assertIsConfined(ofWorker);
    assertIsPowerless(ofSupervisor);
    assert.deepEqual([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["data"]);
  },
});
