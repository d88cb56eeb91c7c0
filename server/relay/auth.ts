import { KIND, type NostrEvent, tagValue } from "../../protocol/nostr_event.ts";

/** What an AUTH has to match, its id and signature aside. */
export interface AuthRules {
  challenge: string;
  /** `host:port` of every name of this relay, as {@link relayHosts} gives them. */
  hosts: ReadonlySet<string>;
  nowS: number;
  windowS: number;
}

/** What is wrong with an AUTH event, fit to follow `invalid: `; null where nothing is. (NIP-42, specification page 4) */
export function authFault(
  event: NostrEvent,
  { challenge, hosts, nowS, windowS }: AuthRules,
): string | null {
  if (event.kind !== KIND.auth) return `AUTH takes an event of kind ${KIND.auth}`;
  if (tagValue(event, "challenge") !== challenge) {
    return "the challenge is not the one of this connection";
  }
  const host = relayHost(tagValue(event, "relay") ?? "");
  if (host === null || !hosts.has(host)) return "the relay tag names another relay";
  if (Math.abs(nowS - event.created_at) > windowS) {
    return `created_at is more than ${windowS / 60} minutes off; check this device's clock`;
  }
  return null;
}

/**
 * The `host:port` names under which this relay may be meant: its public URL, its listener, and where the listener
 * takes loopback connections every name of loopback at its port.
 */
export function relayHosts(
  { publicUrl, hostname, port }: { publicUrl: string; hostname: string; port: number },
): ReadonlySet<string> {
  const names = [hostname.includes(":") ? `[${hostname}]` : hostname];
  const takesLoopback = ["localhost", "0.0.0.0", "::", "::1"].includes(hostname) ||
    hostname.startsWith("127.");
  if (takesLoopback) names.push("localhost", "127.0.0.1", "[::1]");
  const hosts = names.map((name) => relayHost(`ws://${name}:${port}/`));
  return new Set([relayHost(publicUrl), ...hosts].filter((host) => host !== null));
}

/** `host:port` of a `ws:` or `wss:` URL, the port always written out; null for anything else. */
export function relayHost(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  if (url.protocol !== "ws:" && url.protocol !== "wss:") return null;
  return `${url.hostname}:${url.port || (url.protocol === "ws:" ? 80 : 443)}`;
}
