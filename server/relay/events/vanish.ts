import { KIND, type NostrEvent } from "../../../protocol/nostr_event.ts";
import { relayHost } from "../auth.ts";

/** Stands in a `relay` tag for every relay. (NIP-62) */
const ALL_RELAYS = "ALL_RELAYS";

/**
 * True for a request to vanish that is meant for this relay, among others or alone. It names the relay as everybody knows
 * it: another name, or another path, may be another relay's. (NIP-62)
 *
 * @param publicUrl the relay's URL
 */
export function isVanishHere(
  event: Pick<NostrEvent, "kind" | "tags">,
  publicUrl: string,
): boolean {
  if (event.kind !== KIND.vanish) return false;
  const own = placeOf(publicUrl);
  return event.tags.some(([name, value = ""]) =>
    name === "relay" && (value === ALL_RELAYS || placeOf(value) === own)
  );
}

/** Host, port and path of a relay's URL, however it is written; the URL itself where it is none. */
function placeOf(url: string): string {
  const host = relayHost(url);
  return host === null ? url : host + new URL(url).pathname.replace(/\/+$/, "");
}
