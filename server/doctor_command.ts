import { promises as fs } from "node:fs";
import { isLoopbackServer, serverOrigin } from "../protocol/handle.ts";
import type { Config } from "./config.ts";
import { relayPublicUrl, serverName } from "./config_derived.ts";
import { connectControl } from "./control/control_client.ts";
import { machineChecks } from "./doctor/machine_checks.ts";
import { type DoctorNetwork, publicChecks } from "./doctor/public_checks.ts";
import { runChecks } from "./doctor/verdict.ts";
import { isGlobalAddress } from "./global_address.ts";
import { readLastBackup } from "./last_backup.ts";
import { withWords } from "./operator_words.ts";
import { createResolver } from "./resolver.ts";
import { Unreachable } from "./unreachable.ts";

const TIMEOUT_MS = 10_000;

/**
 * The command `doctor`: looks at the server from its own machine, by its public name. (Specification page 8)
 *
 * @returns the exit code: 1 where a verdict is bad
 */
export function runDoctor(config: Config): Promise<number> {
  return withWords(async () => {
    const server = serverName(config, config.bind.port);
    const runsRelay = config.relayPolicy !== "off" || config.relayUrl !== null;
    const place = {
      server,
      origin: serverOrigin(server),
      relayUrl: runsRelay
        ? relayPublicUrl(config, { server, relayPort: config.relayBind.port })
        : null,
      isLoopback: isLoopbackServer(server),
      httpPort: config.bind.port,
      relayPort: config.relayBind.port,
    };
    const { dataDir } = config;
    const checks = [
      ...publicChecks(place, { network: realNetwork(config), isGlobalAddress, randomToken }),
      ...machineChecks({
        ...{ dataDir, isLoopback: place.isLoopback, fetch, nowMs: Date.now },
        lastBackupMs: () => readLastBackup(dataDir),
        async freeDisk() {
          const { bavail, blocks, bsize } = await fs.statfs(dataDir);
          return { share: bavail / blocks, bytes: bavail * bsize };
        },
      }),
    ];
    return await runChecks(checks, { timeoutMs: TIMEOUT_MS, print: (line) => console.log(line) });
  });
}

function randomToken(): string {
  return crypto.randomUUID().replaceAll("-", "");
}

function realNetwork(config: Config): DoctorNetwork {
  const resolver = createResolver(config.dnsServer);
  return {
    async addresses(host, signal) {
      try {
        return await resolver.addresses(host, signal);
      } catch (cause) {
        if (!(cause instanceof Unreachable)) throw cause;
        const isUnknown = cause.reason === "name_not_found";
        throw new Error(isUnknown ? `the DNS knows no ${host}` : "the DNS does not answer", {
          cause,
        });
      }
    },
    fetch,
    firstMessage,
    async handshake({ hostname, port }, signal) {
      const connection = await Deno.connectTls({ hostname, port });
      const end = () => connection.close();
      signal.addEventListener("abort", end, { once: true });
      try {
        await connection.handshake();
      } finally {
        signal.removeEventListener("abort", end);
        if (!signal.aborted) end();
      }
    },
    async callerSeen(token, { send, signal }) {
      using control = await connectControl(config.dataDir);
      if (!control) return null;
      signal.throwIfAborted();
      return await control.ask("visitor.watch", { token }, send) as string | null;
    },
  };
}

/** A relay that asks who comes does so at once. */
function firstMessage(url: string, signal: AbortSignal): Promise<string | null> {
  const answer = Promise.withResolvers<string | null>();
  const socket = new WebSocket(url);
  let timer: ReturnType<typeof setTimeout> | undefined;
  socket.onopen = () => timer = setTimeout(() => answer.resolve(null), TIMEOUT_MS / 4);
  socket.onmessage = ({ data }) => answer.resolve(String(data));
  socket.onerror = (event) =>
    answer.reject(new Error(event instanceof ErrorEvent ? event.message : "it does not open"));
  socket.onclose = () => answer.reject(new Error("it was closed at once"));
  signal.addEventListener("abort", () => answer.reject(signal.reason), { once: true });
  return answer.promise.finally(() => {
    clearTimeout(timer);
    socket.close();
  });
}
