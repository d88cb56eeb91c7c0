import assert from "node:assert/strict";
import { once } from "node:events";
import { join } from "node:path";
import { WebSocket } from "ws";
import { ROOT } from "../../scripts/build_client.ts";
import { layOutProgram, UNSTABLE_FLAGS } from "../../scripts/executable/build_executable.ts";
import { EXECUTABLE_PERMISSIONS } from "../../scripts/server_permissions.ts";
import { runToEnd } from "../../scripts/subprocess.ts";
import { temporaryFolder } from "../support/command.ts";
import { startKezChat } from "../support/server.ts";
import { within } from "../support/within.ts";

/**
 * What an executable is made of, run by the Deno of the tests: all but the one file. Unlike the executable it can be tried
 * everywhere, and with the newest Deno.
 */
async function layOut(folder: string): Promise<string> {
  const programDir = join(folder, "program");
  await layOutProgram({ root: ROOT, programDir });
  const flags = ["--quiet", "--no-config", "--no-lock", "--no-npm", "--no-remote"];
  const run = ["run", ...flags, ...UNSTABLE_FLAGS, ...EXECUTABLE_PERMISSIONS];
  const words = [Deno.execPath(), ...run, join(programDir, "main.js")];
  const path = join(folder, "kez-chat");
  const command = words.map((word) => `'${word}'`).join(" ");
  await Deno.writeTextFile(path, `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
  return path;
}

Deno.test("the bundled program runs without packages and sources, with fewer permissions than these need", async () => {
  await using folder = await temporaryFolder();
  const executable = await layOut(folder.path);
  await using server = await startKezChat({ executable });
  const health = await fetch(`${server.url}/v1/healthz`);
  assert.equal(health.status, 200, await health.text());
  const page = await fetch(server.url);
  assert.match(await page.text(), /^<!doctype html>/);
  const notices = await (await fetch(`${server.url}/licences.txt`)).text();
  for (const part of ["In the web app", "--- svelte ", "In the server", "--- ws ", "--- Deno's "]) {
    assert.ok(notices.includes(part), `${part} is missing`);
  }
  const socket = new WebSocket(server.relayUrl);
  const [greeting] = await within(once(socket, "message"), { what: "greeting of the relay" });
  assert.match(String(greeting), /^\["AUTH",/);
  socket.close();
  await once(socket, "close");
  const given = ["--data", server.dataDir, "--server", server.server];
  const backup = await runToEnd(executable, {
    args: ["backup", join(folder.path, "backup"), ...given],
    cwd: folder.path,
  });
  assert.ok(backup.success, backup.output);
  assert.equal(await server.stop(), 0);
  assert.doesNotMatch(server.logs, /"level":"(warn|error)"/);
});
