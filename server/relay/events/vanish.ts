import type { NostrEvent } from "../../../protocol/nostr_event.ts";
import { KIND } from "../../../protocol/nostr_event.ts";
import { relayHost } from "../auth.ts";

/** Stands in a `relay` tag for every relay. (NIP-62) */
const ALL_RELAYS = "ALL_RELAYS";

/** True for a request to vanish that is meant for this relay, among others or alone. (NIP-62) */
export function isVanishHere(
  event: Pick<NostrEvent, "kind" | "tags">,
  hosts: ReadonlySet<string>,
): boolean {
  return event.kind === KIND.vanish &&
    event.tags.some(([name, value = ""]) =>
      name === "relay" && (value === ALL_RELAYS || hosts.has(relayHost(value) ?? ""))
    );
}
