import type { NostrEvent } from "../../../protocol/nostr_event.ts";
import type { Filter } from "../../../protocol/nostr_filter.ts";
import { createMatcher, eventTags, type Matcher } from "../events/matcher.ts";

/** The live subscriptions, found by what an event holds rather than by asking each. */
export interface Monitors<T> {
  /** Each owner is added once. */
  add(owner: T, filters: readonly Filter[]): void;
  remove(owner: T): void;
  /** Owners with at least one filter that an event fits, each once. */
  match(event: NostrEvent): T[];
  /** How many owners there are. */
  readonly size: number;
}

interface Entry<T> {
  owner: T;
  matches: Matcher;
}

/**
 * An inverted index: every filter stands under the values of its most telling member (id, `q`, `p`, author, other tag,
 * kind), and under one common key where it has none. An event looks only at its own keys.
 */
export function createMonitors<T>(): Monitors<T> {
  const entries = new Map<string, Set<Entry<T>>>();
  const byOwner = new Map<T, { keys: string[]; entry: Entry<T> }[]>();

  return {
    add(owner, filters) {
      const placed = filters.map((filter) => ({
        keys: keysOf(filter),
        entry: { owner, matches: createMatcher(filter) },
      }));
      byOwner.set(owner, placed);
      for (const { keys, entry } of placed) {
        for (const key of keys) {
          const at = entries.get(key);
          if (at) at.add(entry);
          else entries.set(key, new Set([entry]));
        }
      }
    },

    remove(owner) {
      for (const { keys, entry } of byOwner.get(owner) ?? []) {
        for (const key of keys) {
          const at = entries.get(key);
          at?.delete(entry);
          if (at?.size === 0) entries.delete(key);
        }
      }
      byOwner.delete(owner);
    },

    get size() {
      return byOwner.size;
    },

    match(event) {
      const owners = new Set<T>();
      const tags = eventTags(event);
      for (const key of keysFor(event)) {
        for (const { owner, matches } of entries.get(key) ?? []) {
          if (!owners.has(owner) && matches(event, tags)) owners.add(owner);
        }
      }
      return [...owners];
    },
  };
}

function keysOf(filter: Filter): string[] {
  const { ids, authors, kinds, tags } = filter;
  if (ids) return unique(ids, "i");
  const q = tags.get("q");
  if (q) return unique(q, "#q:");
  const p = tags.get("p");
  if (p) return unique(p, "#p:");
  if (authors) return unique(authors, "a");
  const [tag] = [...tags].sort(([, a], [, b]) => a.length - b.length);
  if (tag) return unique(tag[1], `#${tag[0]}:`);
  return kinds ? unique(kinds, "k") : ["*"];
}

function keysFor(event: NostrEvent): Set<string> {
  const keys = new Set(["*", `i${event.id}`, `a${event.pubkey}`, `k${event.kind}`]);
  for (const [name, value] of event.tags) {
    if (name!.length === 1) keys.add(`#${name}:${value ?? ""}`);
  }
  return keys;
}

function unique(values: readonly (string | number)[], prefix: string): string[] {
  return [...new Set(values)].map((value) => prefix + value);
}
