/**
 * Stands in the place of `server/storage_probe.ts` inside the real server Worker: it tries what an intruder would, and
 * writes to the log what came of it.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { createStorageProbe as createReal } from "../../server/storage_probe.ts";
import { IS_EXECUTABLE } from "../../server/version.ts";
import { tryAll } from "./attempts.ts";

const OUTSIDE = "/tmp/kez-chat-intruder";

/** A module of the server's: in an executable everything is in few of them, this one included. */
const codeFileBelow = (root: string) =>
  IS_EXECUTABLE ? import.meta.filename! : join(root, "server/app.ts");

function attemptsOf(dataDir: string, root: string): Record<string, () => unknown> {
  const codeFile = codeFileBelow(root);
  return {
    "spawn": () => new Deno.Command("true").outputSync(),
    "spawn by path": () => new Deno.Command("/bin/sh", { args: ["-c", "true"] }).outputSync(),
    "spawn by node": () => {
      const { error } = spawnSync("true");
      if (error) throw error;
    },
    "kill": () => Deno.kill(1, "SIGCONT"),
    "read /etc/passwd": () => Deno.readTextFileSync("/etc/passwd"),
    "read /etc/passwd by node": () => readFileSync("/etc/passwd"),
    "read by a way round": () => Deno.readTextFileSync(join(dataDir, "../../../../etc/passwd")),
    "read /proc/self/environ": () => Deno.readTextFileSync("/proc/self/environ"),
    "read /proc/self/mem": () => Deno.openSync("/proc/self/mem"),
    "list /": () => [...Deno.readDirSync("/")],
    "list beside the data": () => [...Deno.readDirSync(dirname(dataDir))],
    "list the project": () => [...Deno.readDirSync(root)],
    "read the project's history": () => Deno.readTextFileSync(join(root, ".git/HEAD")),
    "write outside": () => Deno.writeTextFileSync(OUTSIDE, "x"),
    "write beside the data": () => Deno.writeTextFileSync(`${dataDir}-2`, "x"),
    "write its own code": () => Deno.writeTextFileSync(join(root, "server/app.ts"), "x"),
    "write the client": () => Deno.writeTextFileSync(join(root, "dist/client/index.html"), "x"),
    "write main.ts": () => Deno.writeTextFileSync(join(root, "main.ts"), "x"),
    "move data out": () => Deno.renameSync(join(dataDir, "lock"), OUTSIDE),
    "link the outside in": () => Deno.symlinkSync("/etc", join(dataDir, "etc")),
    "link a file in": () => Deno.linkSync("/etc/passwd", join(dataDir, "passwd")),
    "make a folder outside": () => Deno.mkdirSync(OUTSIDE),
    "open a database outside": () => new DatabaseSync(`${OUTSIDE}.db`),
    "open a KV outside": () => Deno.openKv(`${OUTSIDE}.kv`),
    "load a library": () => Deno.dlopen("/lib/x86_64-linux-gnu/libc.so.6", {}),
    "read HOME": () => Deno.env.get("HOME"),
    "read the whole environment": () => Deno.env.toObject(),
    "ask for the host name": () => Deno.hostname(),
    "ask for the user": () => Deno.uid(),
    "start a Worker that may more": () => {
      new Worker(import.meta.url, { type: "module", deno: { permissions: { run: true } } });
    },
    "ask for more": () => {
      const { state } = Deno.permissions.requestSync({ name: "run" });
      if (state !== "granted") throw new Deno.errors.NotCapable(state);
    },
    "read its code": () => Deno.readTextFileSync(codeFile),
    "list its data": () => [...Deno.readDirSync(dataDir)],
    "write its data": () => Deno.writeTextFileSync(join(dataDir, "own"), "x"),
    "listen": () => Deno.listen({ port: 0, hostname: "127.0.0.1" }).close(),
  };
}

/** Answers that storage is well, once the outcomes are in the log. The data folder comes in the query of this module. */
export const createStorageProbe: typeof createReal = ({ log }) => {
  const root = join(import.meta.dirname!, IS_EXECUTABLE ? ".." : "../..");
  const dataDir = new URL(import.meta.url).searchParams.get("data")!;
  return async () => {
    log.info("probe", await tryAll(attemptsOf(dataDir, root)));
    return true;
  };
};
