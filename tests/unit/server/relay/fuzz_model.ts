import type { NostrEvent } from "../../../../protocol/nostr_event.ts";
import { type Filter, matchesFilter } from "../../../../protocol/nostr_filter.ts";

/**
 * What a relay keeps and gives, in the plainest words: lists that are looked through from one end to the other. It shares
 * nothing with the relay but the types and NIP-01's matcher.
 */
export interface RelayModel {
  /** Takes an event, or refuses it. True where it was new and is taken. */
  take(event: NostrEvent): boolean;
  /** Forgets events that are expired at a time, and private ones from before another. */
  sweep(times: { nowS: number; retainedSinceS: number }): void;
  /** What is kept, newest first. */
  kept(): NostrEvent[];
}

/** Nostr key of an addr, null where it is nobody's. */
export type NostrKeyOf = (addr: string) => string | null;

interface Request {
  event: NostrEvent;
  /** The author, and the addrs that it had when it asked. */
  asker: string[];
}

/** A relay that takes events one by one. (NIPs 1, 9, 40, 62; specification page 4) */
export function createRelayModel(addrsOf: (pubkey: string) => string[]): RelayModel {
  let kept: NostrEvent[] = [];
  const requests: Request[] = [];

  const isRefused = (event: NostrEvent): boolean =>
    kept.some(({ id }) => id === event.id) ||
    requests.some((request) => asksAway(event, request)) ||
    kept.some((old) => isSameSlot(old, event) && newestFirst(old, event) < 0);

  return {
    take(event) {
      if (isRefused(event)) return false;
      kept = kept.filter((old) => !isSameSlot(old, event));
      kept.push(event);
      if (event.kind === 5 || event.kind === 62) {
        const request = { event, asker: [event.pubkey, ...addrsOf(event.pubkey)] };
        requests.push(request);
        // Of somebody's requests to vanish the newest is kept; it lets no older ones in.
        const isOutdone = (old: NostrEvent) =>
          event.kind === 62 && old.pubkey === event.pubkey && old !== event;
        kept = kept.filter((old) => old.kind === 62 ? !isOutdone(old) : !asksAway(old, request));
      }
      return true;
    },
    sweep({ nowS, retainedSinceS }) {
      kept = kept.filter((event) =>
        !isExpired(event, nowS) &&
        (!isPrivate(event.kind) || event.created_at >= retainedSinceS)
      );
    },
    kept: () => [...kept].sort(newestFirst),
  };
}

/** True for an event that a request is about, whether it is here or comes later. */
function asksAway(event: NostrEvent, { event: request, asker }: Request): boolean {
  const isOwned = asker.includes(event.pubkey) || asker.includes(readerOf(event) ?? "");
  if (!isOwned) return false;
  if (request.kind === 62) return event.created_at <= request.created_at;
  // Deleting a deletion, or a request to vanish, has no effect, whichever of both comes first.
  if (event.kind === 5 || event.kind === 62) return false;
  const isNamed = (name: string, value: string | null) =>
    value !== null && request.tags.some((tag) => tag[0] === name && tag[1] === value);
  return isNamed("e", event.id) ||
    (event.pubkey === request.pubkey && event.created_at <= request.created_at &&
      isNamed("a", slotOf(event)));
}

/**
 * What one filter or several give a connection that AUTHed as some keys: ids, newest first.
 *
 * @param maxLimit of each filter, and what one without `limit` has
 */
export function expectedIds(
  filters: readonly Filter[],
  { kept, authed, nostrKeyOf, nowS, maxLimit }: {
    kept: readonly NostrEvent[];
    authed: ReadonlySet<string>;
    nostrKeyOf: NostrKeyOf;
    nowS: number;
    maxLimit: number;
  },
): string[] {
  const given = kept.filter((event) => !isExpired(event, nowS))
    .filter((event) => mayRead(event, { authed, nostrKeyOf }))
    .sort(newestFirst);
  const found = filters.flatMap((filter) =>
    given.filter((event) => matchesFilter(filter, event))
      .slice(0, Math.min(filter.limit ?? maxLimit, maxLimit))
  );
  return [...new Set(found)].sort(newestFirst).map(({ id }) => id);
}

/** True where a connection may be given an event: private ones go to their reader, and kind 4 to its author too. */
export function mayRead(
  event: NostrEvent,
  { authed, nostrKeyOf }: { authed: ReadonlySet<string>; nostrKeyOf: NostrKeyOf },
): boolean {
  if (!isPrivate(event.kind)) return true;
  if (event.kind === 4 && authed.has(event.pubkey)) return true;
  return event.tags.some(([name, value]) => {
    if (event.kind >= 4243) return name === "q" && authed.has(nostrKeyOf(value!) ?? "");
    return name === "p" && authed.has(value!);
  });
}

/** True where a tag `expiration` names a second that has come. (NIP-40) */
export function isExpired(event: NostrEvent, nowS: number): boolean {
  const second = event.tags.find((tag) => tag[0] === "expiration")?.[1] ?? "";
  return /^[0-9]{1,15}$/.test(second) && Number(second) <= nowS;
}

function isPrivate(kind: number): boolean {
  return [4, 1059, 4243, 4244].includes(kind);
}

function readerOf({ kind, tags }: NostrEvent): string | null {
  const name = kind === 1059 ? "p" : kind === 4243 || kind === 4244 ? "q" : null;
  return tags.find((tag) => tag[0] === name)?.[1] ?? null;
}

function newestFirst(a: NostrEvent, b: NostrEvent): number {
  if (a.created_at !== b.created_at) return b.created_at - a.created_at;
  return a.id === b.id ? 0 : a.id < b.id ? -1 : 1;
}

function isSameSlot(a: NostrEvent, b: NostrEvent): boolean {
  const slot = slotOf(a);
  return slot !== null && slot === slotOf(b);
}

/** Where a replaceable or addressable event stands: there is one of it. (NIP-01) */
function slotOf({ kind, pubkey, tags }: NostrEvent): string | null {
  if (kind === 0 || kind === 3 || (kind >= 10_000 && kind <= 19_999)) return `${kind}:${pubkey}:`;
  if (kind < 30_000 || kind > 39_999) return null;
  return `${kind}:${pubkey}:${tags.find((tag) => tag[0] === "d")?.[1] ?? ""}`;
}
