import { afterMs } from "../after_ms.ts";
import type { NatsConfig } from "../config.ts";
import { type CalloutDeps, createCallout } from "./callout.ts";
import type { Log } from "../log.ts";
import { connectNats } from "./connect.ts";
import type { HttpCallout } from "./routes.ts";
import { readCalloutSecret, readIssuerKeys } from "./secret_files.ts";
import { startSubscriber, type Subscriber } from "./subscriber.ts";

/** What this server does for nats-servers. */
export interface Nats {
  /** Null where callers over HTTP are not answered. */
  http: HttpCallout | null;
  /** Begins to answer over NATS, where that is configured. */
  start(): void;
  stop(): Promise<void>;
}

/**
 * Reads the secrets and makes the callout; null where NATS is not configured.
 *
 * @throws StartFault where a file does not hold what it should
 */
export async function openNats(
  { issuerSeedFile, calloutSecretFile, account, url }: NatsConfig,
  { log, ...deps }: Omit<CalloutDeps, "issuer" | "account"> & { log: Log },
): Promise<Nats | null> {
  if (issuerSeedFile === null || account === null) return null;
  if (url === null && calloutSecretFile === null) return null;
  const { issuer, login } = await readIssuerKeys(issuerSeedFile, Deno.readTextFileSync);
  const callout = createCallout({ ...deps, issuer, account });
  const secret = calloutSecretFile === null
    ? null
    : readCalloutSecret(calloutSecretFile, Deno.readTextFileSync);
  let subscriber: Subscriber | null = null;
  return {
    http: secret === null ? null : { callout, secret },
    start() {
      if (url === null) return;
      subscriber = startSubscriber({ url, login, callout, connect: connectNats, afterMs, log });
    },
    stop: () => subscriber?.stop() ?? Promise.resolve(),
  };
}
