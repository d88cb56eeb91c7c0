import type { Endpoint } from "../config.ts";
import { createPinnedConnect, type PinnedConnectDeps } from "../pinned_connection.ts";

/** Opens a TLS connection to a name that proofs may be fetched from. */
export type Connect = (host: string, signal: AbortSignal) => Promise<Deno.Conn>;

export interface ConnectDeps extends PinnedConnectDeps {
  /** Hosts that are reached on a port of their own and may have any address. (`--proof-allow-hosts`) */
  allowHosts: readonly Endpoint[];
}

const PORT = 443;

/** Connections for proofs: pinned, always TLS, to port 443 but for the operator's exceptions. (Specification page 6) */
export function createConnect({ allowHosts, ...deps }: ConnectDeps): Connect {
  const connect = createPinnedConnect(deps);
  return (host, signal) => {
    const allowed = allowHosts.find(({ hostname }) => hostname === host);
    const port = allowed?.port ?? PORT;
    return connect({ host, port, isTls: true, mayBePrivate: allowed !== undefined }, signal);
  };
}
