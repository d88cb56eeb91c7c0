import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A relay in a process of its own. */
export interface RelayProcess extends AsyncDisposable {
  url: string;
  residentBytes(): Promise<number>;
  /** SIGKILL; ends when the process has. */
  kill(): Promise<void>;
  /** Lets it stop in order. */
  stop(): Promise<void>;
}

const CHILD = fileURLToPath(new URL("./relay_child.ts", import.meta.url));

/** Starts a relay on a free port over the database at a path, and waits until it listens. */
export function startRelayProcess(dbPath: string): Promise<RelayProcess> {
  return startRelayScript([CHILD, dbPath]);
}

/**
 * Starts a script that runs a relay and waits for its port, the first line that it prints. It answers each line on stdin
 * with its resident memory in bytes, and stops at the end of stdin.
 *
 * @param script its path and arguments
 */
export async function startRelayScript(script: string[]): Promise<RelayProcess> {
  const child = spawn(Deno.execPath(), ["run", "--quiet", "--no-check", "-A", ...script], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
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
