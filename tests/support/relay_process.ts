import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A relay in a process of its own. */
export interface RelayProcess extends AsyncDisposable {
  url: string;
  /** What it wrote to stderr, which it logs to. */
  logLines: readonly string[];
  residentBytes(): Promise<number>;
  /** SIGKILL; ends when the process has. */
  kill(): Promise<void>;
  /** Lets it stop in order. */
  stop(): Promise<void>;
}

const CHILD = fileURLToPath(new URL("./relay_child.ts", import.meta.url));

/**
 * Starts a relay on a free port over the database at a path, and waits until it listens. Whatever ends it throws an
 * AssertionError where it logged an error.
 */
export async function startRelayProcess(dbPath: string): Promise<RelayProcess> {
  const relay = await startRelayScript([CHILD, dbPath]);
  const checked = (end: () => Promise<void>) => async () => {
    await end();
    assert.deepEqual(relay.logLines.filter((line) => line.includes('"level":"error"')), []);
  };
  const stop = checked(relay.stop);
  return { ...relay, kill: checked(relay.kill), stop, [Symbol.asyncDispose]: stop };
}

/**
 * Starts a script that runs a relay and waits for its port, the first line that it prints. It answers each line on stdin
 * with its resident memory in bytes, and stops at the end of stdin.
 *
 * @param script its path and arguments
 */
export async function startRelayScript(script: string[]): Promise<RelayProcess> {
  const child = spawn(Deno.execPath(), ["run", "--quiet", "--no-check", "-A", ...script], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const logLines: string[] = [];
  createInterface({ input: child.stderr! }).on("line", (line) => {
    logLines.push(line);
    process.stderr.write(`${line}\n`);
  });
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done) throw new Error("The relay's process ended.");
    return value;
  };
  const port = Number(await nextLine());
  const stop = async () => {
    child.stdin!.end();
    await ended;
  };
  return {
    url: `ws://127.0.0.1:${port}/`,
    logLines,
    async residentBytes() {
      child.stdin!.write("\n");
      return Number(await nextLine());
    },
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
