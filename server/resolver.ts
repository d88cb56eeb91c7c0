import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { Endpoint } from "./config.ts";
import { Unreachable } from "./unreachable.ts";

/** Asks the DNS; every call ends with the signal. */
export interface Resolver {
  /** Every address of a name, at least one. @throws Unreachable `name_not_found`, `connection` */
  addresses(host: string, signal: AbortSignal): Promise<string[]>;
  /** The TXT records of a name, each in one piece; none where there is no such name. @throws Unreachable `connection` */
  txt(name: string, signal: AbortSignal): Promise<string[]>;
}

/** @param dnsServer the one to ask; null: the system's, with its hosts file */
export function createResolver(dnsServer: Endpoint | null): Resolver {
  const nameServer = dnsServer
    ? { nameServer: { ipAddr: dnsServer.hostname, port: dnsServer.port } }
    : {};
  return {
    async addresses(host, signal) {
      const found = dnsServer
        ? (await Promise.all(
          (["A", "AAAA"] as const).map((type) =>
            orNothing(Deno.resolveDns(`${host}.`, type, { ...nameServer, signal }))
          ),
        )).flat()
        : (await orNothing(lookup(host, { all: true, verbatim: true })))
          .map(({ address }) => address);
      if (found.length === 0) throw new Unreachable("name_not_found");
      // IPv4 first: many servers have no way to IPv6.
      return found.toSorted((a, b) => isIP(a) - isIP(b));
    },

    async txt(name, signal) {
      const records = await orNothing(
        Deno.resolveDns(`${name}.`, "TXT", { ...nameServer, signal }),
      );
      return records.map((pieces) => pieces.join(""));
    },
  };
}

/** What was found; nothing where the name has no such records. */
async function orNothing<T>(found: Promise<T[]>): Promise<T[]> {
  try {
    return await found;
  } catch (cause) {
    const isUnknown = cause instanceof Deno.errors.NotFound ||
      (cause instanceof Error && "code" in cause && cause.code === "ENOTFOUND");
    if (isUnknown) return [];
    throw new Unreachable("connection", { cause });
  }
}
