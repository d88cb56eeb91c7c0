import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { startRelayScript } from "../../tests/support/relay_process.ts";
import { freePort } from "../free_port.ts";
import { diskBytes } from "./disk_use.ts";
import type { FoundPeer } from "./peers.ts";
import { connectBench } from "./relay_client.ts";
import { RelayFailure } from "./relay_failure.ts";
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
 * Starts this project's relay.
 *
 * @param keptFolder holds its database and stays; without one it has a folder of its own
 */
export async function startOwn({ fsync, policy, keptFolder }: {
  fsync: "full" | "normal";
  policy: "open" | "members";
  keptFolder?: string;
}): Promise<Contestant> {
  const folder = keptFolder ?? Deno.makeTempDirSync({ prefix: "relay-bench-" });
  const remove = () => keptFolder ? undefined : Deno.removeSync(folder, { recursive: true });
  const args = ["--db", join(folder, "relay.db"), "--policy", policy, "--fsync", fsync];
  try {
    const relay = await startRelayScript([TARGET, ...args]);
    return {
      url: relay.url,
      residentBytes: relay.residentBytes,
      diskBytes: () => diskBytes(folder),
      async [Symbol.asyncDispose]() {
        await relay.stop();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

/**
 * Starts a peer and waits until it takes connections; what it prints is in `output.log` in its folder.
 *
 * @throws RelayFailure where it cannot be executed, ends, does not listen within some seconds, or where its only folder is
 *   there already
 */
export async function startPeer(peer: FoundPeer): Promise<Contestant> {
  const folder = makeFolder(peer);
  const port = peer.port ?? freePort();
  const { args, files } = peer.setUp({ folder, port });
  for (const [name, text] of Object.entries(files)) {
    Deno.writeTextFileSync(join(folder, name), text);
  }
  const output = openSync(join(folder, "output.log"), "w");
  const child = spawn(peer.path, args, { cwd: folder, stdio: ["ignore", output, output] });
  closeSync(output);
  const ended = untilEnded(child);
  const stop = async () => {
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
    await ended;
    clearTimeout(timer);
    Deno.removeSync(folder, { recursive: true });
  };
  const url = `ws://127.0.0.1:${port}/`;
  const starting = new AbortController();
  try {
    const early = ended.then((how) => {
      throw new RelayFailure(`${peer.path} ${how}${lastLine(join(folder, "output.log"))}`);
    });
    await Promise.race([untilListening(url, starting.signal), early]);
  } catch (error) {
    starting.abort();
    await stop();
    throw error;
  }
  return {
    url,
    residentBytes: () => memoryOf(child.pid!),
    diskBytes: () => diskBytes(folder),
    [Symbol.asyncDispose]: stop,
  };
}

/** A folder of its own, which was not there before. */
function makeFolder({ folder }: FoundPeer): string {
  if (folder === undefined) return Deno.makeTempDirSync({ prefix: "relay-bench-" });
  try {
    Deno.mkdirSync(folder);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    throw new RelayFailure(`${folder}, the only folder it knows, is there already`);
  }
  return folder;
}

/** How a process ended; one that cannot be executed ends at once. */
function untilEnded(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve(`could not be executed: ${error.message}`));
    child.once("close", (code, signal) => resolve(`ended with ${signal ?? `code ${code}`}`));
  });
}

function lastLine(path: string): string {
  const text = stripVTControlCharacters(Deno.readTextFileSync(path));
  const line = text.trimEnd().split("\n").at(-1);
  return line ? `: ${line}` : "";
}

async function memoryOf(pid: number): Promise<number> {
  const bytes = await residentBytes(pid).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return NaN;
    throw error;
  });
  // One that ended, but is not waited for yet, has a status without memory.
  if (Number.isNaN(bytes)) throw new RelayFailure("its process has ended");
  return bytes;
}

async function untilListening(url: string, signal: AbortSignal): Promise<void> {
  for (let left = START_TRIES;; left -= 1) {
    try {
      const socket = await connectBench(url);
      return await socket.close();
    } catch (error) {
      if (left === 0) throw error;
      await delay(START_RETRY_MS, undefined, { signal });
    }
  }
}
