import { isGlobalAddress } from "./global_address.ts";
import { parseIp } from "./ip.ts";
import type { Resolver } from "./resolver.ts";
import { Unreachable } from "./unreachable.ts";

/** Where a connection goes. */
export interface ConnectionTarget {
  /** A name, or an address without brackets. */
  host: string;
  port: number;
  /** False: plain TCP. */
  isTls: boolean;
  /** True where the operator named the target: then it may have any address. */
  mayBePrivate: boolean;
}

/** Opens connections to names whose every address may be connected to, and to those very addresses. */
export type PinnedConnect = (target: ConnectionTarget, signal: AbortSignal) => Promise<Deno.Conn>;

export interface PinnedConnectDeps {
  resolver: Pick<Resolver, "addresses">;
  /** Certificates, PEM, that are trusted besides those of the system. */
  caCerts?: string[];
  /** Opens a TCP connection to an address; `Deno.connect` where nothing else is given. */
  dial?: Dial;
}

export type Dial = (
  options: { hostname: string; port: number; signal: AbortSignal },
) => Promise<Deno.TcpConn>;

const MAX_ADDRESSES_TRIED = 3;

/**
 * The name is asked for once, all that comes back is checked, and the connection goes to what was checked: between the
 * two nobody can change the answer. (Specification pages 3, "Push", and 6)
 *
 * @returns a function that throws Unreachable `name_not_found`, `forbidden_address`, `connection`, `timeout`
 */
export function createPinnedConnect(
  { resolver, caCerts = [], dial = Deno.connect }: PinnedConnectDeps,
): PinnedConnect {
  return async (target, signal) => {
    const addresses = await checkedAddresses(target, { resolver, signal });
    let failure: unknown;
    for (const hostname of addresses.slice(0, MAX_ADDRESSES_TRIED)) {
      signal.throwIfAborted();
      try {
        const tcp = await dial({ hostname, port: target.port, signal });
        return target.isTls ? await startTls(tcp, { host: target.host, caCerts, signal }) : tcp;
      } catch (error) {
        failure = error;
      }
    }
    throw new Unreachable("connection", { cause: failure });
  };
}

/**
 * The addresses of a host.
 *
 * @throws Unreachable `name_not_found`, `connection`; `forbidden_address` where one of them is not of the public internet
 */
export async function checkedAddresses(
  { host, mayBePrivate }: Pick<ConnectionTarget, "host" | "mayBePrivate">,
  { resolver, signal }: { resolver: Pick<Resolver, "addresses">; signal: AbortSignal },
): Promise<string[]> {
  const addresses = parseIp(host) ? [host] : await resolver.addresses(host, signal);
  if (!mayBePrivate && !addresses.every(isGlobalAddress)) {
    throw new Unreachable("forbidden_address");
  }
  return addresses;
}

/** TLS over a connection to an address, with the certificate of `host`. */
async function startTls(
  tcp: Deno.TcpConn,
  { host, caCerts, signal }: { host: string; caCerts: string[]; signal: AbortSignal },
): Promise<Deno.TlsConn> {
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
