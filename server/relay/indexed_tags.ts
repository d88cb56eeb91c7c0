import { hash } from "node:crypto";
import type { NostrEvent } from "../../protocol/nostr_event.ts";

/** Longer values stand in the index as their hash, so that no tag makes it grow by kilobytes. */
const MAX_VALUE_CHARS = 128;

/** Name and index value of the tags that filters can ask for (one-letter names), each once. */
export function indexedTags(event: Pick<NostrEvent, "tags">): [string, string][] {
  const pairs = event.tags
    .filter((tag) => /^[a-zA-Z]$/.test(tag[0]!))
    .map((tag): [string, string] => [tag[0]!, indexValue(tag[1] ?? "")]);
  return [...new Map(pairs.map((pair) => [pair.join(":"), pair])).values()];
}

/**
 * What a tag's value is looked up by. Two values may share one: what the index finds is checked against the filter.
 */
export function indexValue(value: string): string {
  // SQLite stores UTF-8, which has no half of a surrogate pair: two such values would be one key.
  const text = value.toWellFormed();
  return text.length <= MAX_VALUE_CHARS ? text : `sha256:${hash("sha256", text, "hex")}`;
}
