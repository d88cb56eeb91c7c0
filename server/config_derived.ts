import { join } from "node:path";
import { isLoopbackServer } from "../protocol/handle.ts";
import type { Config } from "./config.ts";

/** The public name of the server, once the port that it listens on is known. (Specification page 8) */
export function serverName({ server }: Config, httpPort: number): string {
  return server ?? `localhost:${httpPort}`;
}

/**
 * The public URL of the relay: as configured, else `ws://<host>:<port>/` where the server's host is
 * this machine, else `wss://<server>/relay`, which the proxy leads to the relay. (Specification page 4)
 */
export function relayPublicUrl(
  { relayUrl }: Config,
  { server, relayPort }: { server: string; relayPort: number },
): string {
  if (relayUrl !== null) return relayUrl;
  return isLoopbackServer(server)
    ? `ws://${server.replace(/:\d+$/, "")}:${relayPort}/`
    : `wss://${server}/relay`;
}

/** How push services reach the operator. Apple refuses addresses at localhost. (Specification page 8) */
export function vapidSubject({ vapidSubject }: Config, server: string): string {
  if (vapidSubject !== null) return vapidSubject;
  return isLoopbackServer(server)
    ? "https://example.org/"
    : `mailto:admin@${server.replace(/:\d+$/, "")}`;
}

/** The registry's database is a KV elsewhere, which several servers may share: not a file, but a URL. */
export function isRemoteDatabase({ dbPath }: Pick<Config, "dbPath">): boolean {
  return /^https?:\/\//.test(dbPath);
}

/** Where the relay keeps its events. */
export function relayDatabasePath({ dataDir }: Pick<Config, "dataDir">): string {
  return join(dataDir, "relay.db");
}
