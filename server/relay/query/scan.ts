import type { NostrEvent } from "../../../protocol/nostr_event.ts";
import type { Filter } from "../../../protocol/nostr_filter.ts";
import { isPrivateKind, type Mailboxes } from "../events/access.ts";
import { authorStreams, compareCandidates, pageThrough, tagStreams } from "./index_streams.ts";
import { indexValue, isAloneInIndex } from "../events/indexed_tags.ts";
import { createMatcher, eventTags } from "../events/matcher.ts";
import { mergeStreams, type Stream } from "./merge.ts";
import { privateSources } from "./private_sources.ts";
import type { Store } from "../store/store.ts";
import type { Candidate, CandidatePages } from "../store/store_pages.ts";

/** An event that a filter finds. */
export interface Found {
  id: string;
  createdAtS: number;
  /** Empty where it is not wanted. */
  json: string;
}

/** Events that are read at a time, and then handed on without a pause: a few milliseconds where all of them are large. */
const MAX_BATCH = 16;

export interface ScanRules {
  store: Pick<Store, "jsons" | "pages">;
  /** Later events are left out: the live subscription has them. */
  lastSeq: number;
  /** Events one filter gets at most, and without `limit`. */
  maxLimit: number;
  /** Whether the events themselves are wanted, or only which they are. */
  wantsJson: boolean;
  /** Private events are looked for nowhere else: what others were sent costs a reader no time, and so tells nothing. */
  mailboxes: Mailboxes;
  canRead(event: NostrEvent): boolean;
  nowS(): number;
}

/**
 * The stored events that at least one filter asks for: newest first, ties by lowest id, each once, every filter cut by
 * its own limit. Null items are steps without a result, at which the caller may pause. (NIP-01)
 */
export function scanFilters(filters: readonly Filter[], rules: ScanRules): Stream<Found> {
  return mergeStreams(filters.map((filter) => scanFilter(filter, rules)), compareCandidates);
}

function* scanFilter(filter: Filter, rules: ScanRules): Stream<Found> {
  let left = Math.min(filter.limit ?? rules.maxLimit, rules.maxLimit);
  if (left === 0) return;
  const read = createReader(filter, rules);
  let batch: Candidate[] = [];
  for (const candidate of wantedCandidates(filter, rules)) {
    if (candidate !== null) batch.push(candidate);
    if (batch.length < Math.min(left, MAX_BATCH)) {
      if (candidate === null) yield null;
      continue;
    }
    for (const found of read(batch)) {
      yield found;
      left -= 1;
    }
    if (left === 0) return;
    batch = [];
    yield null;
  }
  yield* read(batch);
}

/** What the indexes give, as far as an index can tell that it is wanted. */
function* wantedCandidates(filter: Filter, rules: ScanRules): Stream<Candidate> {
  const kinds = filter.kinds && new Set(filter.kinds);
  for (const candidate of mergeStreams(sourcesOf(filter, rules), compareCandidates)) {
    const isWanted = candidate !== null && candidate.seq <= rules.lastSeq &&
      (!kinds || kinds.has(candidate.kind)) && !isExpired(candidate, rules);
    yield isWanted ? candidate : null;
  }
}

function isExpired({ expiresAtS }: Candidate, { nowS }: ScanRules): boolean {
  return expiresAtS !== null && expiresAtS <= nowS();
}

/** Looks at events as far as their index entries leave questions open, and leaves out what does not fit. */
function createReader(
  filter: Filter,
  { store, canRead, wantsJson }: ScanRules,
): (candidates: readonly Candidate[]) => Found[] {
  const matches = createMatcher(filter);
  const isTold = isToldByIndex(filter);
  const isCertain = ({ kind }: Candidate) => isTold && !isPrivateKind(kind);
  const fits = (json: string): boolean => {
    const event: NostrEvent = JSON.parse(json);
    return canRead(event) && matches(event, eventTags(event));
  };
  return (candidates) => {
    const unread = candidates.filter((candidate) => wantsJson || !isCertain(candidate));
    const jsons = store.jsons(unread.map(({ seq }) => seq));
    return candidates.flatMap((candidate) => {
      const { id, createdAtS, seq } = candidate;
      const json = jsons.get(seq) ?? "";
      if (isCertain(candidate)) return wantsJson && json === "" ? [] : [{ id, createdAtS, json }];
      return json !== "" && fits(json) ? [{ id, createdAtS, json }] : [];
    });
  };
}

/** True where every public event that the filter's sources give fits it: an index has all that it asks about. */
function isToldByIndex({ ids, authors, tags }: Filter): boolean {
  if (ids) return !authors && tags.size === 0;
  if (tags.size === 0) return true;
  const [values] = tags.values();
  return !authors && tags.size === 1 && values!.every(isAloneInIndex);
}

/** What may hold events of a filter: public ones by its most telling member, private ones in the reader's mailboxes. */
function sourcesOf(
  filter: Filter,
  { store: { pages }, mailboxes }: ScanRules,
): Stream<Candidate>[] {
  if (filter.ids) return [byIds(unique(filter.ids), { filter, pages })];
  return [...publicSources(filter, pages), ...privateSources(filter, { mailboxes, pages })];
}

function publicSources(filter: Filter, pages: CandidatePages): Stream<Candidate>[] {
  const listed = filter.kinds && unique(filter.kinds).filter((kind) => !isPrivateKind(kind));
  if (listed?.length === 0) return [];
  const kinds = listed ?? ((kind: number) => !isPrivateKind(kind));
  const tag = mostTellingTag(filter);
  if (tag) {
    const [name, values] = tag;
    return tagStreams({ name, values: unique(values.map(indexValue)) }, { filter, pages, kinds });
  }
  if (filter.authors) {
    return authorStreams(unique(filter.authors), { filter, pages, kinds });
  }
  if (listed) {
    return listed.map((kind) =>
      pageThrough(filter, (range) => pages.byKind(kind, range), listed.length)
    );
  }
  return [pageThrough(filter, (range) => pages.byTime(range))];
}

function* byIds(
  ids: string[],
  { filter, pages }: { filter: Filter; pages: CandidatePages },
): Stream<Candidate> {
  const { since = 0, until = Infinity } = filter;
  const found: Candidate[] = [];
  for (const id of ids) {
    const candidate = pages.byId(id);
    if (candidate && candidate.createdAtS >= since && candidate.createdAtS <= until) {
      found.push(candidate);
    }
    yield null;
  }
  yield* found.sort(compareCandidates);
}

function mostTellingTag(filter: Filter): [string, string[]] | null {
  for (const name of ["q", "p"]) {
    const values = filter.tags.get(name);
    if (values) return [name, values];
  }
  const [fewest] = [...filter.tags].sort(([, a], [, b]) => a.length - b.length);
  // A popular tag (`t`) says less than an author does.
  return filter.authors ? null : fewest ?? null;
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
