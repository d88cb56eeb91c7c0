import { spawn } from "node:child_process";
import { openSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startRelayScript } from "../../tests/support/relay_process.ts";
import { diskBytes } from "./disk_use.ts";
import type { FoundPeer } from "./peers.ts";
import { connectBench } from "./relay_client.ts";
import { residentBytes } from "./resident_memory.ts";

/** A relay that runs over a store of its own, which goes when it is disposed. */
export interface Contestant extends AsyncDisposable {
  url: string;
  residentBytes(): Promise<number>;
  diskBytes(): number;
}

const TARGET = fileURLToPath(new URL("./relay_target.ts", import.meta.url));
const START_TRIES = 100;
const START_RETRY_MS = 100;
const STOP_MS = 15_000;

/**
 * Starts this project's relay with the policy `open`.
 *
 * @param keptFolder holds its database and stays; without one it has a folder of its own
 */
export async function startOwn(
  fsync: "full" | "normal",
  keptFolder?: string,
): Promise<Contestant> {
  const folder = keptFolder ?? Deno.makeTempDirSync({ prefix: "relay-bench-" });
  const relay = await startRelayScript([
    TARGET,
    ...["--db", join(folder, "relay.db"), "--policy", "open", "--fsync", fsync],
  ]);
  return {
    url: relay.url,
    residentBytes: relay.residentBytes,
    diskBytes: () => diskBytes(folder),
    async [Symbol.asyncDispose]() {
      await relay.stop();
      if (!keptFolder) Deno.removeSync(folder, { recursive: true });
    },
  };
}

/**
 * Starts a peer and waits until it takes connections; what it prints is in `output.log` in its folder.
 *
 * @throws where it does not listen within some seconds, or its only folder holds something already
 */
export async function startPeer(peer: FoundPeer): Promise<Contestant> {
  const folder = peer.folder ?? Deno.makeTempDirSync({ prefix: "relay-bench-" });
  if (peer.folder) Deno.mkdirSync(peer.folder);
  const port = peer.port ?? await freePort();
  const { args, files } = peer.setUp({ folder, port });
  for (const [name, text] of Object.entries(files)) {
    Deno.writeTextFileSync(join(folder, name), text);
  }
  const output = openSync(join(folder, "output.log"), "w");
  const child = spawn(peer.path, args, { cwd: folder, stdio: ["ignore", output, output] });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const stop = async () => {
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
    await ended;
    clearTimeout(timer);
    Deno.removeSync(folder, { recursive: true });
  };
  const url = `ws://127.0.0.1:${port}/`;
  try {
    await untilListening(url);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    residentBytes: () => residentBytes(child.pid!),
    diskBytes: () => diskBytes(folder),
    [Symbol.asyncDispose]: stop,
  };
}

async function untilListening(url: string): Promise<void> {
  for (let left = START_TRIES;; left -= 1) {
    try {
      const socket = await connectBench(url);
      return await socket.close();
    } catch (error) {
      if (left === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, START_RETRY_MS));
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
