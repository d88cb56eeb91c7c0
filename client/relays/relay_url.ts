import { isLoopbackServer } from "../../protocol/handle.ts";
import { isPrivateHost } from "../../protocol/private_host.ts";

/** Most relays of one contact to which mail is published. (Specification page 4) */
export const MAX_CONTACT_RELAYS = 4;

const MAX_URL_CHARACTERS = 512;

/**
 * True for a relay's URL that this app connects to: `wss`, or `ws` on this very machine; without a name and password.
 *
 * @param mayBeLoopback false where it comes from a server that must not have us knock at our own doors
 */
export function isRelayUrl(text: string, { mayBeLoopback = true } = {}): boolean {
  if (text.length > MAX_URL_CHARACTERS || !URL.canParse(text)) return false;
  const { protocol, host, username, password } = new URL(text);
  if (username || password) return false;
  if (isLoopbackServer(host)) return mayBeLoopback && (protocol === "ws:" || protocol === "wss:");
  return protocol === "wss:";
}

/**
 * The relays among those that somebody else names to which this app connects.
 *
 * @param mayBePrivate true where they may be of this house: where whoever names them is in it too
 */
export function relaysOfOthers(
  urls: readonly string[],
  { mayBePrivate }: { mayBePrivate: boolean },
): string[] {
  return urls.filter((url) =>
    isRelayUrl(url) && (mayBePrivate || !isPrivateHost(new URL(url).host))
  );
}

/** The one spelling by which relays are compared; null where it is no URL. */
export function relayId(url: string): string | null {
  if (!URL.canParse(url)) return null;
  const { protocol, host, pathname, search } = new URL(url);
  return `${protocol}//${host}${pathname.replace(/\/+$/, "")}${search}`;
}

/** Each relay once, as it was spelled first; what is no URL is left out. */
export function uniqueRelays(urls: readonly string[]): string[] {
  const byId = new Map<string, string>();
  for (const url of urls) {
    const id = relayId(url);
    if (id !== null && !byId.has(id)) byId.set(id, url);
  }
  return [...byId.values()];
}

/**
 * A relay's URL as a person types it: `wss://relay.example`, or the host alone. Null where it is none.
 *
 * @param mayBeLoopback as of {@link isRelayUrl}
 */
export function parseRelayInput(
  input: string,
  { mayBeLoopback }: { mayBeLoopback: boolean },
): string | null {
  const text = input.trim();
  const url = /^[a-z]+:\/\//i.test(text) ? text : `wss://${text}`;
  if (text === "" || !isRelayUrl(url, { mayBeLoopback })) return null;
  const { href, hash } = new URL(url);
  return hash === "" ? href : null;
}
