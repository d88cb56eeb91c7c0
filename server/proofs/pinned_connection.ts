import type { Endpoint } from "../config.ts";
import { isGlobalAddress } from "./global_address.ts";
import type { Resolver } from "./resolver.ts";
import { Unreachable } from "./unreachable.ts";

/** Opens TLS connections to names whose every address may be connected to, and to those very addresses. */
export type Connect = (host: string, signal: AbortSignal) => Promise<Deno.TlsConn>;

export interface ConnectDeps {
  resolver: Resolver;
  /** Hosts that are reached on a port of their own and may have any address. (`--proof-allow-hosts`) */
  allowHosts: readonly Endpoint[];
  /** Certificates, PEM, that are trusted besides those of the system. */
  caCerts?: string[];
  /** Opens a TCP connection to an address; `Deno.connect` where nothing else is given. */
  dial?: Dial;
}

export type Dial = (
  options: { hostname: string; port: number; signal: AbortSignal },
) => Promise<Deno.TcpConn>;

const PORT = 443;
const MAX_ADDRESSES_TRIED = 3;

/**
 * The name is asked for once, all that comes back is checked, and the connection goes to what was checked: between the
 * two nobody can change the answer. (Specification page 6)
 *
 * @returns a function that throws Unreachable `name_not_found`, `forbidden_address`, `connection`, `timeout`
 */
export function createConnect(
  { resolver, allowHosts, caCerts = [], dial = Deno.connect }: ConnectDeps,
): Connect {
  return async (host, signal) => {
    const allowed = allowHosts.find(({ hostname }) => hostname === host);
    const addresses = await resolver.addresses(host, signal);
    if (!allowed && !addresses.every(isGlobalAddress)) throw new Unreachable("forbidden_address");
    const port = allowed?.port ?? PORT;
    let failure: unknown;
    for (const hostname of addresses.slice(0, MAX_ADDRESSES_TRIED)) {
      signal.throwIfAborted();
      try {
        return await openTls({ hostname, port }, { host, caCerts, dial, signal });
      } catch (error) {
        failure = error;
      }
    }
    throw new Unreachable("connection", { cause: failure });
  };
}

/** TLS to an address, with the certificate of `host`. */
async function openTls(
  { hostname, port }: Endpoint,
  { host, caCerts, dial, signal }: {
    host: string;
    caCerts: string[];
    dial: Dial;
    signal: AbortSignal;
  },
): Promise<Deno.TlsConn> {
  const tcp = await dial({ hostname, port, signal });
  // Neither handshake nor upgrade can be aborted: the socket under them can be closed.
  let open: Deno.Conn = tcp;
  const close = () => closeQuietly(open);
  signal.addEventListener("abort", close, { once: true });
  try {
    const tls = await Deno.startTls(tcp, { hostname: host, caCerts });
    open = tls;
    signal.throwIfAborted();
    await tls.handshake();
    return tls;
  } catch (error) {
    close();
    throw error;
  } finally {
    signal.removeEventListener("abort", close);
  }
}

/** Closes a connection that may be closed already. */
export function closeQuietly(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
