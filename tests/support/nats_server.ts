import { join } from "node:path";
import { ROOT } from "../../scripts/build_client.ts";
import { natsConfLines } from "../../server/nats/make_issuer.ts";
import type { IssuerKeys } from "../../server/nats/secret_files.ts";
import { findProgram } from "./find_program.ts";
import { within } from "./within.ts";

/** A real nats-server with `deploy/nats/nats.conf`, on free ports of the loopback interface. */
export interface NatsServer extends AsyncDisposable {
  /** `nats://127.0.0.1:12345`. */
  readonly url: string;
  /** `ws://127.0.0.1:12346`. */
  readonly webSocketUrl: string;
  /** `http://127.0.0.1:12347`. */
  readonly monitoringUrl: string;
  stop(): Promise<void>;
  /** After a stop, on the same ports. */
  start(): Promise<void>;
}

const MAX_START_MS = 20_000;

/** The path of nats-server; null where there is none. */
export function findNatsServer(): string | null {
  return findProgram("nats-server", {
    variable: "NATS_SERVER_PATH",
    homeFolders: ["peers/bin", "go/bin"],
  });
}

/** For localhost and 127.0.0.1; who shall believe it is given it as `DENO_CERT`. */
export const LOCALHOST_CERT = join(ROOT, "tests/support/tls/localhost.pem");
const LOCALHOST_KEY = join(ROOT, "tests/support/tls/localhost.key");

/** Starts it for the keys of an issuer; with TLS for native clients, where that is wanted. */
export async function startNatsServer(
  keys: IssuerKeys,
  { hasTls = false }: { hasTls?: boolean } = {},
): Promise<NatsServer> {
  const folder = await Deno.makeTempDir({ prefix: "nats-test-" });
  const shipped = await Deno.readTextFile(join(ROOT, "deploy/nats/nats.conf"));
  await Deno.writeTextFile(join(folder, "kez-chat-keys.conf"), natsConfLines(keys));
  let conf = shipped.replace(/"[\d.]+:(4222|8222|9222)"/g, '"127.0.0.1:-1"')
    // Beside other tests an answer may take longer than it should elsewhere.
    .replace("timeout: 2\n", "timeout: 6\n")
    .replace('"nats-data"', JSON.stringify(join(folder, "data")));
  if (hasTls) conf += `tls { cert_file: "${LOCALHOST_CERT}", key_file: "${LOCALHOST_KEY}" }\n`;
  const first = await startLife(folder, conf);
  const { ports } = first;
  let life: { end(): Promise<void> } | null = first;
  const stop = async (): Promise<void> => {
    await life?.end();
    life = null;
  };
  for (const port of [ports.native, ports.monitoring, ports.webSocket]) {
    conf = conf.replace("127.0.0.1:-1", `127.0.0.1:${port}`);
  }
  return {
    url: `nats://127.0.0.1:${ports.native}`,
    webSocketUrl: `ws://127.0.0.1:${ports.webSocket}`,
    monitoringUrl: `http://127.0.0.1:${ports.monitoring}`,
    stop,
    async start() {
      life = await startLife(folder, conf);
    },
    async [Symbol.asyncDispose]() {
      await stop();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** What it writes about each of its listeners. */
const LISTENERS = {
  native: /Listening for client connections on \S+:(\d+)/,
  webSocket: /Listening for websocket clients on \S+:(\d+)/,
  monitoring: /Starting http monitor on \S+:(\d+)/,
};

async function startLife(folder: string, conf: string) {
  await Deno.writeTextFile(join(folder, "nats.conf"), conf);
  const child = new Deno.Command(findNatsServer()!, {
    args: ["-c", join(folder, "nats.conf")],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const isReady = Promise.withResolvers<void>();
  let log = "";
  const drained = (async () => {
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
      log += text;
      if (log.includes("Server is ready")) isReady.resolve();
    }
    isReady.reject(new Error(`nats-server ended:\n${log}`));
  })();
  // Rejected again at its end, when nobody waits any more.
  isReady.promise.catch(() => undefined);
  await within(isReady.promise, { maxMs: MAX_START_MS, what: "nats-server that listens" });
  const portOf = (pattern: RegExp) => Number(pattern.exec(log)?.[1]);
  return {
    ports: {
      native: portOf(LISTENERS.native),
      webSocket: portOf(LISTENERS.webSocket),
      monitoring: portOf(LISTENERS.monitoring),
    },
    async end() {
      child.kill("SIGTERM");
      await Promise.all([child.status, drained]);
    },
  };
}
