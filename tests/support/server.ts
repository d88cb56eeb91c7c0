import { join } from "node:path";
import { buildClientIfStale, ROOT } from "../../scripts/build_client.ts";
import { SERVER_PERMISSIONS } from "../../scripts/server_permissions.ts";
import { within } from "./within.ts";

const CLIENT_DIR = join(ROOT, "dist/client");
/** A server that listens this late is stuck; it takes below a second. */
const MAX_START_MS = 30_000;
const MAX_STOP_MS = 15_000;

/** How to start a server. */
export interface ServerOptions {
  /** Flags of `serve`, after those that this file gives; a flag may not be given twice. */
  flags?: string[];
  env?: Record<string, string>;
  /** An executable to start in the place of `main.ts`; it begins in a folder of its own, with nothing around it. */
  executable?: string;
  /** Flags of `deno run`, as an import map that puts a probe in the place of a module. */
  denoFlags?: string[];
  /** How many files and sockets the process may have open; without it as many as the tester's. */
  maxOpenFiles?: number;
  /** Where it listens, as long as it is started; without them on free ports. */
  ports?: { http: number; relay: number };
  /** A folder that outlives the server; without one it gets a temporary folder. */
  dataDir?: string;
}

/** The real program, in a process of its own. */
export interface KezChat extends AsyncDisposable {
  /** Of the app and API, without a slash at the end: `http://localhost:12345`. */
  readonly url: string;
  readonly relayUrl: string;
  /** Where the relay listens, whatever its public URL is. */
  readonly relayPort: number;
  /** The server's name, for which registrations are signed: `localhost:12345`. */
  readonly server: string;
  readonly dataDir: string;
  readonly pid: number;
  /** Everything it has written so far, over all its lives. */
  readonly logs: string;
  /** Ends it by a signal, SIGKILL if none is named, and waits until it is gone. */
  kill(signal?: Deno.Signal): Promise<Deno.CommandStatus>;
  /** Settled when it has ended, in whatever way. */
  readonly ended: Promise<Deno.CommandStatus>;
  /** Lets it drain, by SIGTERM. Returns the exit code. */
  stop(): Promise<number>;
  /** Stops it where it still runs, and starts it on the same ports and data, with other flags where some are given. */
  restart(flags?: string[]): Promise<void>;
}

/** What a server says when it listens. */
interface Listening {
  httpPort: number;
  relayPort: number;
  relayUrl: string;
}

interface Life {
  child: Deno.ChildProcess;
  /** Settled when both streams have ended. */
  drained: Promise<unknown>;
  hasEnded: boolean;
}

/**
 * Starts `main.ts` on free ports of the loopback interface, with the permissions of `deno task start`, and waits until it
 * listens: `await using server = await startKezChat()`. The client is built first where it is stale.
 *
 * @throws Error with the server's log, if it ends or does not listen
 */
export async function startKezChat(options: ServerOptions = {}): Promise<KezChat> {
  if (options.executable === undefined) await buildClient();
  const dataDir = options.dataDir ?? await Deno.makeTempDir({ prefix: "kez-chat-test-" });
  const log = { text: "" };
  const start = (ports: { http: number; relay: number }, flags = options.flags) =>
    startLife({ ...options, flags, dataDir, ports, log });
  const removeData = async (): Promise<void> => {
    if (options.dataDir === undefined) await Deno.remove(dataDir, { recursive: true });
  };
  const first = await start(options.ports ?? { http: 0, relay: 0 }).catch(
    async (error: unknown) => {
      await removeData();
      throw error;
    },
  );
  let { life } = first;
  const { httpPort, relayPort, relayUrl } = first.listening;

  const kill = async (signal: Deno.Signal = "SIGKILL"): Promise<Deno.CommandStatus> => {
    if (!life.hasEnded) life.child.kill(signal);
    const ended = Promise.all([life.child.status, life.drained]);
    const [status] = await within(ended, { maxMs: MAX_STOP_MS, what: `end after ${signal}` });
    return status;
  };
  return {
    url: `http://localhost:${httpPort}`,
    relayUrl,
    relayPort,
    server: `localhost:${httpPort}`,
    dataDir,
    get pid() {
      return life.child.pid;
    },
    get logs() {
      return log.text;
    },
    kill,
    get ended() {
      return life.child.status;
    },
    stop: async () => (await kill("SIGTERM")).code,
    async restart(flags) {
      await kill("SIGTERM");
      ({ life } = await start({ http: httpPort, relay: relayPort }, flags));
    },
    async [Symbol.asyncDispose]() {
      await kill("SIGKILL");
      await removeData();
    },
  };
}

/** Most tests of the server do without a client, and should not fail by an unfinished one; `deno task test` does. */
async function buildClient(): Promise<void> {
  try {
    await buildClientIfStale({ root: ROOT, outDir: CLIENT_DIR, development: false });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    console.error(`The last build of the client is served. ${error.message.split("\n")[0]}`);
  }
}

/** The tester's own settings for a server are none of a test's. */
function cleanEnvironment(): Record<string, string> {
  const variables = Object.entries(Deno.env.toObject());
  return Object.fromEntries(variables.filter(([name]) => !name.startsWith("KEZ_CHAT_")));
}

async function startLife(
  { flags = [], env = {}, executable, denoFlags = [], maxOpenFiles, dataDir, ports, log }:
    & ServerOptions
    & {
      dataDir: string;
      ports: { http: number; relay: number };
      log: { text: string };
    },
): Promise<{ life: Life; listening: Listening }> {
  const listen = ["--bind", `127.0.0.1:${ports.http}`, "--relay-bind", `127.0.0.1:${ports.relay}`];
  // Tests reach no other machine.
  const relays = flags.includes("--relays") ? [] : ["--relays", "none"];
  const own = [...listen, "--data", dataDir, "--log-format", "json", ...relays];
  const run = ["run", "--quiet", ...denoFlags];
  const source = executable === undefined ? [...run, ...SERVER_PERMISSIONS, "main.ts"] : [];
  const program = executable ?? Deno.execPath();
  const args = [...source, "serve", ...own, ...flags];
  const limited = ["-c", 'ulimit -n "$0" && exec "$@"', String(maxOpenFiles), program];
  const child = new Deno.Command(maxOpenFiles === undefined ? program : "bash", {
    args: maxOpenFiles === undefined ? args : [...limited, ...args],
    cwd: executable === undefined ? ROOT : dataDir,
    clearEnv: true,
    env: { ...cleanEnvironment(), ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const listening = Promise.withResolvers<Listening>();
  const onLine = (line: string): void => {
    log.text += `${line}\n`;
    const found = parseListening(line);
    if (found) listening.resolve(found);
  };
  const drained = Promise.all([readLines(child.stdout, onLine), readLines(child.stderr, onLine)]);
  const life: Life = { child, drained, hasEnded: false };
  child.status.then(async ({ code }) => {
    life.hasEnded = true;
    await drained;
    listening.reject(new Error(`kez-chat ended with ${code}:\n${log.text}`));
  });
  try {
    const what = "server that listens";
    return { life, listening: await within(listening.promise, { maxMs: MAX_START_MS, what }) };
  } catch (error) {
    if (!life.hasEnded) child.kill("SIGKILL");
    await child.status;
    throw error;
  }
}

function parseListening(line: string): Listening | null {
  if (!line.startsWith("{")) return null;
  const record = JSON.parse(line);
  return record.event === "listening" ? record : null;
}

async function readLines(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  onLine: (line: string) => void,
): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(onLine);
  }
  if (rest !== "") onLine(rest);
}
