import { isHex } from "./bytes.ts";
import { malformed } from "./errors.ts";
import { isCount, type NostrEvent } from "./nostr_event.ts";

/** A parsed NIP-01 filter. Times are Unix seconds; `tags` maps a one-letter tag name to its values. */
export interface Filter {
  ids?: string[];
  authors?: string[];
  kinds?: number[];
  since?: number;
  until?: number;
  limit?: number;
  tags: Map<string, string[]>;
}

const MAX_VALUES = 1_000;

/**
 * Parses one filter of a REQ. Unknown members are ignored; known ones must have NIP-01's types.
 *
 * @throws ProtocolError `malformed`, its message naming the member
 */
export function parseFilter(value: unknown): Filter {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw malformed("a filter is an object");
  }
  const filter: Filter = { tags: new Map() };
  for (const [name, member] of Object.entries(value)) {
    if (name === "ids" || name === "authors") {
      filter[name] = parseList(member, { name, isValue: isHex32 });
    } else if (name === "kinds") filter.kinds = parseList(member, { name, isValue: isKind });
    else if (name === "since" || name === "until" || name === "limit") {
      if (!isCount(member)) throw malformed(`${name} must be a non-negative integer`);
      filter[name] = member;
    } else if (/^#[a-zA-Z]$/.test(name)) {
      filter.tags.set(name.slice(1), parseList(member, { name, isValue: isString }));
    }
  }
  return filter;
}

/** True where an event fits a filter; `limit` plays no part. (NIP-01) */
export function matchesFilter(filter: Filter, event: NostrEvent): boolean {
  if (filter.ids && !filter.ids.includes(event.id)) return false;
  if (filter.authors && !filter.authors.includes(event.pubkey)) return false;
  if (filter.kinds && !filter.kinds.includes(event.kind)) return false;
  if (filter.since !== undefined && event.created_at < filter.since) return false;
  if (filter.until !== undefined && event.created_at > filter.until) return false;
  for (const [name, values] of filter.tags) {
    const hasTag = event.tags.some((tag) => tag[0] === name && values.includes(tag[1] ?? ""));
    if (!hasTag) return false;
  }
  return true;
}

function parseList<T>(
  value: unknown,
  { name, isValue }: { name: string; isValue: (item: unknown) => item is T },
): T[] {
  if (!Array.isArray(value) || !value.every(isValue)) {
    throw malformed(`${name} has a value of a wrong type`);
  }
  if (value.length > MAX_VALUES) throw malformed(`${name} has more than ${MAX_VALUES} values`);
  return value;
}

function isHex32(value: unknown): value is string {
  return typeof value === "string" && isHex(value, 32);
}

function isKind(value: unknown): value is number {
  return isCount(value);
}

function isString(value: unknown): value is string {
  return typeof value === "string";
}
