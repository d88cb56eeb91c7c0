import {
  compareNewestFirst,
  eventAddress,
  kindClass,
  type NostrEvent,
  tagValue,
} from "../../../protocol/nostr_event.ts";
import { type Filter, matchesFilter } from "../../../protocol/nostr_filter.ts";

/** What a relay keeps, in memory. Signatures are not looked at: who tests a client trusts its events. (NIP-01) */
export interface RelayCore {
  /** Everything that is stored, in the order of arrival. */
  readonly events: readonly NostrEvent[];
  /** Keeps an event; false where it is known or older than what replaced it. Ephemeral ones are new every time. */
  add(event: NostrEvent): boolean;
  /** What fits, newest first; at most `maxLimit` for each filter. */
  query(filters: readonly Filter[]): NostrEvent[];
  /** Forgets everything. */
  clear(): void;
}

/** @param maxLimit most events that one filter gets */
export function createRelayCore({ maxLimit }: { maxLimit: number }): RelayCore {
  const events = new Map<string, NostrEvent>();
  const byReader = new Map<string, NostrEvent[]>();

  function replacedBy(event: NostrEvent): NostrEvent | null {
    const address = eventAddress(event);
    if (address === null) return null;
    return [...events.values()].find((one) => eventAddress(one) === address) ?? null;
  }

  function candidates({ tags }: Filter): Iterable<NostrEvent> {
    const readers = tags.get("q");
    return readers ? readers.flatMap((reader) => byReader.get(reader) ?? []) : events.values();
  }

  function run(filter: Filter): NostrEvent[] {
    const limit = Math.min(filter.limit ?? maxLimit, maxLimit);
    return [...candidates(filter)]
      .filter((event) => matchesFilter(filter, event))
      .sort(compareNewestFirst)
      .slice(0, limit);
  }

  return {
    get events() {
      return [...events.values()];
    },
    add(event) {
      if (kindClass(event.kind) === "ephemeral") return true;
      if (events.has(event.id)) return false;
      const old = replacedBy(event);
      if (old && compareNewestFirst(old, event) < 0) return false;
      if (old) events.delete(old.id);
      events.set(event.id, event);
      const reader = tagValue(event, "q");
      if (reader !== null) byReader.set(reader, [...byReader.get(reader) ?? [], event]);
      return true;
    },
    query(filters) {
      const found = filters.flatMap(run);
      return [...new Map(found.map((event) => [event.id, event])).values()].sort(
        compareNewestFirst,
      );
    },
    clear() {
      events.clear();
      byReader.clear();
    },
  };
}
