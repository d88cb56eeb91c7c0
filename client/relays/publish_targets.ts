import { isRelayUrl, MAX_CONTACT_RELAYS, relayId, uniqueRelays } from "./relay_url.ts";

/**
 * The relays to which a reader's mail is published: those that its registry names, then those of its own list, the one
 * over which it was heard last first; at most 4. Where all of them refuse, they are asked all the same: there is no other
 * way. (Specification page 4, "The relay pool")
 *
 * @param preferred put first where the reader reads it; it is no target by itself
 * @param isRefusing true for a relay that is not asked at present
 */
export function choosePublishTargets(
  { registry, listed, preferred, isRefusing }: {
    registry: readonly string[];
    listed: readonly string[];
    preferred: string | null;
    isRefusing(url: string): boolean;
  },
): string[] {
  const known = uniqueRelays([...registry, ...listed]).filter((url) => isRelayUrl(url));
  const willing = known.filter((url) => !isRefusing(url));
  const asked = willing.length > 0 ? willing : known;
  const first = preferred === null ? null : relayId(preferred);
  const ordered = asked.toSorted((a, b) => rank(a, first) - rank(b, first));
  return ordered.slice(0, MAX_CONTACT_RELAYS);
}

/** The own relays that may keep mail for a reader of whose relays none takes it; at most 4. */
export function chooseSpareRelays(
  { own, homeRelay, targets, preferred, isRefusing }: {
    own: readonly string[];
    homeRelay: string;
    targets: readonly string[];
    preferred: string | null;
    isRefusing(url: string): boolean;
  },
): string[] {
  // A home relay takes mail for its own people alone: for them it is a target.
  const left = new Set([homeRelay, ...targets].map(relayId));
  const first = preferred === null ? null : relayId(preferred);
  return uniqueRelays(own)
    .filter((url) => !left.has(relayId(url)) && isRelayUrl(url) && !isRefusing(url))
    .toSorted((a, b) => rank(a, first) - rank(b, first))
    .slice(0, MAX_CONTACT_RELAYS);
}

function rank(url: string, first: string | null): number {
  return first !== null && relayId(url) === first ? 0 : 1;
}
