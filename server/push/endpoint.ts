import { isLoopbackServer } from "../../protocol/handle.ts";
import type { PushHost } from "../config.ts";
import type { ConnectionTarget } from "../pinned_connection.ts";

/** The push services of the browsers. (Specification page 3) */
const KNOWN_SERVICES = [
  "fcm.googleapis.com",
  "push.apple.com",
  "push.services.mozilla.com",
  "notify.windows.com",
];

const MAX_ENDPOINT_CHARACTERS = 2048;
const HTTPS_PORT = 443;

/** A subscription's endpoint that may be sent to. */
export interface PushEndpoint {
  url: URL;
  target: ConnectionTarget;
  /** The push service, as it stands in the list of them: says nothing about whose endpoint it is. */
  service: string;
}

/**
 * Reads an endpoint and compares its parsed host with those of push services.
 *
 * @param pushHosts the operator's own (`--push-hosts`)
 * @returns null for what is not sent to
 */
export function parsePushEndpoint(
  text: string,
  pushHosts: readonly PushHost[],
): PushEndpoint | null {
  const url = text.length <= MAX_ENDPOINT_CHARACTERS ? URL.parse(text) : null;
  if (!url || url.username !== "" || url.password !== "" || url.hash !== "") return null;
  const isTls = url.protocol === "https:";
  if (!isTls && url.protocol !== "http:") return null;
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const port = url.port === "" ? (isTls ? HTTPS_PORT : 80) : Number(url.port);

  const own = pushHosts.find((one) => one.hostname === host && one.port === port);
  // Plain http has nothing to say who answers: only this machine can be known without.
  if (own && (isTls || isLoopbackServer(url.host))) {
    return { url, target: { host, port, isTls, mayBePrivate: true }, service: url.host };
  }
  const services = [
    ...KNOWN_SERVICES,
    ...pushHosts.filter((one) => one.port === null).map(({ hostname }) => hostname),
  ];
  const service = services.find((name) => host === name || host.endsWith(`.${name}`));
  if (!service || !isTls || port !== HTTPS_PORT) return null;
  return { url, target: { host, port, isTls, mayBePrivate: false }, service };
}
