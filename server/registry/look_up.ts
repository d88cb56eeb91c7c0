import { serverOrigin } from "../../protocol/handle.ts";
import { formatInstant } from "../../protocol/instant.ts";
import { etagOf } from "../etag.ts";
import type { LiveHandle } from "./rules.ts";

/** How long an answer about a handle holds, in seconds. (Specification page 3) */
export const LOOK_UP_MAX_AGE_S = 60;

/** A registered handle with its public answer, serialised once. */
export interface LookUp {
  record: LiveHandle;
  /** Of the relay that holds its mail. */
  relayUrl: string;
  /** JSON. */
  body: string;
  etag: string;
}

/** Where the HTTP side is found. */
export interface ServerAddresses {
  server: string;
  /** Base URL of the server that holds the sigchains; null: this one does. */
  sigServerUrl: string | null;
}

/** Where things of this server are found. */
export interface PublicAddresses extends ServerAddresses {
  /** Of the relay that holds a handle's mail; handed out verbatim. */
  relayOf(record: Pick<LiveHandle, "relay">): string;
}

/** The answer of `GET /v1/u/:handle`. (Specification page 3) */
export function makeLookUp(record: LiveHandle, addresses: PublicAddresses): LookUp {
  const relayUrl = addresses.relayOf(record);
  const body = JSON.stringify({
    handle: record.handle,
    fqhn: `${record.handle}@${addresses.server}`,
    primary: record.primary,
    addr: record.addr,
    nostr: record.nostr,
    relays: [relayUrl],
    sigchain_url: sigchainUrl(record.primary, addresses),
    registered_at: formatInstant(record.registeredAtMs),
    registration: record.registration,
  });
  return { record, relayUrl, body, etag: etagOf(body) };
}

/** Where the chain of a primary is read. */
export function sigchainUrl(
  primary: string,
  { server, sigServerUrl }: ServerAddresses,
): string {
  return `${sigServerUrl ?? serverOrigin(server)}/v1/sigchains/${primary.replace(":", "/")}`;
}
