import { serverOrigin } from "../../protocol/handle.ts";
import { formatInstant } from "../../protocol/instant.ts";
import { etagOf } from "../etag.ts";
import type { LiveHandle } from "./rules.ts";

/** How long an answer about a handle holds, in seconds. (Specification page 3) */
export const LOOK_UP_MAX_AGE_S = 60;

/** A registered handle with its public answer, serialised once. */
export interface LookUp {
  record: LiveHandle;
  /** JSON. */
  body: string;
  etag: string;
}

/** Where things of this server are found. */
export interface PublicAddresses {
  server: string;
  /** Handed out verbatim. */
  relayUrl: string;
  /** Base URL of the server that holds the sigchains; null: this one does. */
  sigServerUrl: string | null;
}

/** The answer of `GET /v1/u/:handle`. (Specification page 3) */
export function makeLookUp(record: LiveHandle, addresses: PublicAddresses): LookUp {
  const body = JSON.stringify({
    handle: record.handle,
    fqhn: `${record.handle}@${addresses.server}`,
    primary: record.primary,
    addr: record.addr,
    nostr: record.nostr,
    relays: [addresses.relayUrl],
    sigchain_url: sigchainUrl(record.primary, addresses),
    registered_at: formatInstant(record.registeredAtMs),
    registration: record.registration,
  });
  return { record, body, etag: etagOf(body) };
}

/** Where the chain of a primary is read. */
export function sigchainUrl(
  primary: string,
  { server, sigServerUrl }: Pick<PublicAddresses, "server" | "sigServerUrl">,
): string {
  return `${sigServerUrl ?? serverOrigin(server)}/v1/sigchains/${primary.replace(":", "/")}`;
}
