import type { NatsConfig } from "../config.ts";
import { type Callout, type CalloutDeps, createCallout } from "./callout.ts";
import type { HttpCallout } from "./routes.ts";
import { type IssuerKeys, readCalloutSecret, readIssuerKeys } from "./secret_files.ts";

/** What this server does for nats-servers. */
export interface Nats {
  callout: Callout;
  keys: IssuerKeys;
  /** Null where callers over HTTP are not answered. */
  http: HttpCallout | null;
}

/**
 * Reads the secrets and makes the callout; null where NATS is not configured.
 *
 * @throws StartFault where a file does not hold what it should
 */
export async function openNats(
  { issuerSeedFile, calloutSecretFile, account, url }: NatsConfig,
  deps: Omit<CalloutDeps, "issuer" | "account">,
): Promise<Nats | null> {
  if (issuerSeedFile === null || account === null) return null;
  if (url === null && calloutSecretFile === null) return null;
  const keys = await readIssuerKeys(issuerSeedFile, Deno.readTextFileSync);
  const callout = createCallout({ ...deps, issuer: keys.issuer, account });
  const secret = calloutSecretFile === null
    ? null
    : readCalloutSecret(calloutSecretFile, Deno.readTextFileSync);
  return { callout, keys, http: secret === null ? null : { callout, secret } };
}
