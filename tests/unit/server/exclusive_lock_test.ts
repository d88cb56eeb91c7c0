import assert from "node:assert/strict";
import { tryExclusiveLock } from "../../../server/exclusive_lock.ts";
import { temporaryFolder } from "../../support/command.ts";

const HOLD = `
import { tryExclusiveLock } from "${new URL("../../../server/exclusive_lock.ts", import.meta.url)}";
const lock = tryExclusiveLock({}, Deno.args[0]);
console.log(lock === null ? "refused" : "held");
if (lock !== null) await new Promise(() => setInterval(() => {}, 1000));
`;

/** Another process that wants the lock, on a Deno whose files cannot be tried. */
function startHolder(path: string): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-check",
      "-A",
      `data:text/typescript,${encodeURIComponent(HOLD)}`,
      path,
    ],
    stdout: "piped",
  }).spawn();
}

async function firstLine(child: Deno.ChildProcess): Promise<string> {
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value = "" } = await reader.read();
  await reader.cancel();
  return value.trim();
}

Deno.test("where a file's lock cannot be tried, a database's is: one process has it until it is killed", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/lock`;
  // Deno before 2.8 has no such method.
  const file = {} as Deno.FsFile;
  const holder = startHolder(path);
  assert.equal(await firstLine(holder), "held");
  assert.equal(tryExclusiveLock(file, path), null);
  holder.kill("SIGKILL");
  await holder.status;
  const lock = tryExclusiveLock(file, path);
  assert.ok(lock);
  lock[Symbol.dispose]();
});
