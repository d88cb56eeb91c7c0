import { hash } from "node:crypto";
import type { NostrEvent } from "../../../protocol/nostr_event.ts";

/** Longer values stand in the index as their hash, so that no tag makes it grow by kilobytes. */
const MAX_VALUE_CHARS = 128;
const HASH_PREFIX = "sha256:";
/** What stands for half of a surrogate pair in well-formed text. */
const REPLACEMENT = "\ufffd";

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
  return text.length <= MAX_VALUE_CHARS ? text : HASH_PREFIX + hash("sha256", text, "hex");
}

/** True for a value that no other one shares its index value with: what the index finds for it has it. */
export function isAloneInIndex(value: string): boolean {
  return value.length <= MAX_VALUE_CHARS && value.isWellFormed() &&
    !value.includes(REPLACEMENT) && !value.startsWith(HASH_PREFIX);
}
