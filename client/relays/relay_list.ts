import type { NostrEvent } from "../../protocol/nostr_event.ts";
import { isRelayUrl, relayId, uniqueRelays } from "./relay_url.ts";

/** Longer lists than people have are not read to their end. */
const MAX_TAGS = 200;

/** What is done to a list of relays. */
export interface RelayListChange {
  added: readonly string[];
  removed: readonly string[];
}

/** The relays that somebody reads, as their list says, as far as this app may connect to them. (NIP-65) */
export function readRelaysOf(
  { tags }: Pick<NostrEvent, "tags">,
  { mayBeLoopback }: { mayBeLoopback: boolean },
): string[] {
  const urls = tags.slice(0, MAX_TAGS)
    .filter(([name, , marker]) => name === "r" && marker !== "write")
    .map(([, url = ""]) => url);
  return uniqueRelays(urls).filter((url) => isRelayUrl(url, { mayBeLoopback }));
}

/** What was done to a list since `base`, so that it can be done to another version of it. */
export function relayListChange(
  base: readonly string[],
  now: readonly string[],
): RelayListChange {
  return { added: without(now, base), removed: without(base, now) };
}

/** The tags of a list after a change; those that other apps wrote stay, in their order. The very same array where nothing changes. */
export function changeRelayTags(
  tags: string[][],
  { added, removed }: RelayListChange,
): string[][] {
  const gone = new Set(removed.map(relayId));
  const isGone = ([name, url = ""]: string[]) => name === "r" && gone.has(relayId(url));
  const read = tags
    .filter(([name, , marker]) => name === "r" && marker !== "write")
    .map(([, url = ""]) => url);
  const missing = without(uniqueRelays(added), read);
  if (missing.length === 0 && !tags.some(isGone)) return tags;
  const replaced = new Set(missing.map(relayId));
  const kept = tags.filter((tag) =>
    !isGone(tag) && !(tag[0] === "r" && replaced.has(relayId(tag[1] ?? "")))
  );
  return [...kept, ...missing.map((url) => ["r", url])];
}

/** True where two lists name the same relays, in whatever order. */
export function areSameRelays(a: readonly string[], b: readonly string[]): boolean {
  return without(a, b).length === 0 && without(b, a).length === 0;
}

function without(urls: readonly string[], others: readonly string[]): string[] {
  const ids = new Set(others.map(relayId));
  return urls.filter((url) => !ids.has(relayId(url)));
}
