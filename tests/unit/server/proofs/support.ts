import { createFetchText, type FetchText } from "../../../../server/proofs/fetch_text.ts";
import { createConnect } from "../../../../server/proofs/proof_connection.ts";
import type { Resolver } from "../../../../server/resolver.ts";
import { Unreachable } from "../../../../server/unreachable.ts";
import { STAND_IN_CA, type StandIn } from "../../../support/stand_in.ts";

/** A public address: the network of these tests leads every address to the stand-in. */
export const PUBLIC = "1.1.1.1";

/** Names with their addresses, or with what they are at the first, second, … question. */
export function fakeResolver(names: Record<string, string[] | string[][]>): Resolver {
  const asked = new Map<string, number>();
  return {
    addresses(host) {
      const count = asked.get(host) ?? 0;
      asked.set(host, count + 1);
      const known = names[host];
      if (!known) return Promise.reject(new Unreachable("name_not_found"));
      const isList = (all: string[] | string[][]): all is string[][] => Array.isArray(all[0]);
      return Promise.resolve(isList(known) ? known[Math.min(count, known.length - 1)]! : known);
    },
    txt: () => Promise.resolve([]),
  };
}

/** Fetches over a network where every address is the stand-in's, so that each connection that is tried is seen there. */
export function fetchTextTo(
  standIn: StandIn,
  resolver: Resolver,
): { fetchText: FetchText; dialled: string[] } {
  const dialled: string[] = [];
  const connect = createConnect({
    resolver,
    allowHosts: [],
    caCerts: [STAND_IN_CA],
    dial({ hostname, port, signal }) {
      dialled.push(`${hostname} ${port}`);
      return Deno.connect({ hostname: "127.0.0.1", port: standIn.port, signal });
    },
  });
  return { fetchText: createFetchText(connect), dialled };
}

/** The options of a fetch with all the time in the world. */
export const OPTIONS = { accept: "*/*", signal: new AbortController().signal };

export function hasReason(reason: string) {
  return (error: unknown) => {
    if (error instanceof Unreachable && error.reason === reason) return true;
    throw new Error(`expected ${reason}, got ${error}`, { cause: error });
  };
}
