import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A relay in a process of its own. */
export interface RelayProcess extends AsyncDisposable {
  url: string;
  residentBytes(): Promise<number>;
}

const TARGET = fileURLToPath(new URL("./relay_target.ts", import.meta.url));

/** Starts it on a free port, with a database in a temporary folder. */
export async function startRelayProcess(): Promise<RelayProcess> {
  const child: ChildProcess = spawn(Deno.execPath(), ["run", "--quiet", "-A", TARGET], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done) throw new Error("The measured relay ended.");
    return value;
  };
  const port = Number(await nextLine());
  return {
    url: `ws://127.0.0.1:${port}/`,
    async residentBytes() {
      child.stdin!.write("\n");
      return Number(await nextLine());
    },
    async [Symbol.asyncDispose]() {
      child.stdin!.end();
      await ended;
    },
  };
}
