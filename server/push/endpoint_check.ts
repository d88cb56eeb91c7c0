import type { PushHost } from "../config.ts";
import { checkedAddresses } from "../pinned_connection.ts";
import { Problem } from "../problems.ts";
import type { Resolver } from "../resolver.ts";
import { Unreachable } from "../unreachable.ts";
import { parsePushEndpoint } from "./endpoint.ts";

/** Says whether an endpoint may be subscribed. @throws Problem `bad_endpoint` */
export type EndpointCheck = (endpoint: string) => Promise<void>;

/** A name server that takes longer says nothing; each push checks again. */
const RESOLVE_MS = 2_000;

/**
 * Compares the endpoint's host with those of push services, and looks where it leads. A name that cannot be looked up
 * now is taken: the connection of each push goes to an address that is checked then.
 */
export function createEndpointCheck(
  { pushHosts, resolver }: {
    pushHosts: readonly PushHost[];
    resolver: Pick<Resolver, "addresses">;
  },
): EndpointCheck {
  return async (text) => {
    const endpoint = parsePushEndpoint(text, pushHosts);
    if (!endpoint) {
      throw new Problem(
        "bad_endpoint",
        "This is no push service that the server sends to. Its operator can add one (--push-hosts).",
      );
    }
    const ending = new AbortController();
    const timer = setTimeout(() => ending.abort(), RESOLVE_MS);
    const { signal } = ending;
    const late = new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    const check = checkedAddresses(endpoint.target, { resolver, signal })
      .then(() => undefined, refuseForbidden);
    await Promise.race([check, late]).finally(() => clearTimeout(timer));
  };
}

function refuseForbidden(error: unknown): void {
  if (!(error instanceof Unreachable) || error.reason !== "forbidden_address") return;
  throw new Problem("bad_endpoint", "The push service has a private address. Use another one.");
}
