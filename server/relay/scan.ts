import type { NostrEvent } from "../../protocol/nostr_event.ts";
import type { Filter } from "../../protocol/nostr_filter.ts";
import { isPrivateKind, type Mailboxes } from "./access.ts";
import { createMatcher, eventTags, type Matcher } from "./matcher.ts";
import { indexValue } from "./indexed_tags.ts";
import { mergeStreams, type Stream } from "./merge.ts";
import { privateSources } from "./private_sources.ts";
import type { Store } from "./store.ts";
import type { Candidate, CandidatePages, PageRange } from "./store_pages.ts";

/** An event that a REQ is answered with. */
export interface Found {
  id: string;
  createdAtS: number;
  json: string;
}

export interface ScanRules {
  store: Pick<Store, "get" | "pages">;
  /** Later events are left out: the live subscription has them. */
  lastSeq: number;
  /** Events one filter gets at most, and without `limit`. */
  maxLimit: number;
  /** Private events are looked for nowhere else: what others were sent costs a reader no time, and so tells nothing. */
  mailboxes: Mailboxes;
  canRead(event: NostrEvent): boolean;
  nowS(): number;
}

const MIN_PAGE = 16;
const MAX_PAGE = 256;

/**
 * The stored events that at least one filter asks for: newest first, ties by lowest id, each once, every filter cut by
 * its own limit. Null items are steps without a result, at which the caller may pause. (NIP-01)
 */
export function scanFilters(filters: readonly Filter[], rules: ScanRules): Stream<Found> {
  return mergeStreams(filters.map((filter) => scanFilter(filter, rules)), compareFound);
}

function* scanFilter(filter: Filter, rules: ScanRules): Stream<Found> {
  let left = Math.min(filter.limit ?? rules.maxLimit, rules.maxLimit);
  if (left === 0) return;
  const kinds = filter.kinds && new Set(filter.kinds);
  const matches = createMatcher(filter);
  for (const candidate of mergeStreams(sourcesOf(filter, rules), compareFound)) {
    const isWanted = candidate !== null && candidate.seq <= rules.lastSeq &&
      (!kinds || kinds.has(candidate.kind));
    const found = isWanted ? read(candidate, { matches, rules }) : null;
    yield found;
    if (found !== null && --left === 0) return;
  }
}

function read(
  candidate: Candidate,
  { matches, rules }: { matches: Matcher; rules: ScanRules },
): Found | null {
  const stored = rules.store.get(candidate.seq);
  if (!stored || (stored.expiresAtS !== null && stored.expiresAtS <= rules.nowS())) return null;
  const event: NostrEvent = JSON.parse(stored.json);
  if (!rules.canRead(event) || !matches(event, eventTags(event))) return null;
  return { id: candidate.id, createdAtS: candidate.createdAtS, json: stored.json };
}

/** What may hold events of a filter: public ones by its most telling member, private ones in the reader's mailboxes. */
function sourcesOf(
  filter: Filter,
  { store: { pages }, mailboxes }: ScanRules,
): Stream<Candidate>[] {
  if (filter.ids) return [byIds(unique(filter.ids), { filter, pages })];
  const stream = (read: (range: PageRange) => Candidate[]) => pageThrough(filter, read);
  return [...publicSources(filter, pages), ...privateSources(filter, { mailboxes, pages, stream })];
}

function publicSources(filter: Filter, pages: CandidatePages): Stream<Candidate>[] {
  const stream = (read: (range: PageRange) => Candidate[]) => pageThrough(filter, read);
  const kinds = filter.kinds && unique(filter.kinds).filter((kind) => !isPrivateKind(kind));
  if (kinds?.length === 0) return [];
  const tag = mostTellingTag(filter);
  if (tag) {
    const [name, values] = tag;
    return unique(values.map(indexValue)).map((value) =>
      stream((range) => pages.byTag({ name, value, isPrivate: false }, range))
    );
  }
  if (filter.authors) {
    return unique(filter.authors).map((pubkey) => byAuthor(pubkey, { kinds, filter, pages }));
  }
  if (kinds) return kinds.map((kind) => stream((range) => pages.byKind(kind, range)));
  return [stream((range) => pages.byTime(range))];
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
  yield* found.sort(compareFound);
}

/** An author's events of the given kinds, or of every public kind that the author has events of. */
function* byAuthor(
  pubkey: string,
  { kinds, filter, pages }: {
    kinds: number[] | undefined;
    filter: Filter;
    pages: CandidatePages;
  },
): Stream<Candidate> {
  const wanted = kinds && new Set(kinds);
  const streams: Stream<Candidate>[] = [];
  yield null;
  for (let kind = pages.nextKindOf(pubkey, -1); kind !== null;) {
    const own = kind;
    if (wanted ? wanted.has(own) : !isPrivateKind(own)) {
      streams.push(pageThrough(filter, (range) => pages.byAuthor({ pubkey, kind: own }, range)));
    }
    kind = pages.nextKindOf(pubkey, own);
    yield null;
  }
  yield* mergeStreams(streams, compareFound);
}

/** Reads an index page by page; pages grow, so that a small limit reads little. */
function* pageThrough(
  filter: Filter,
  read: (range: PageRange) => Candidate[],
): Stream<Candidate> {
  const range = {
    sinceS: filter.since ?? 0,
    beforeS: filter.until ?? Number.MAX_SAFE_INTEGER,
    afterId: "",
    limit: MIN_PAGE,
  };
  for (;;) {
    // Before the query, not after it: a filter of a thousand values is a thousand first queries.
    yield null;
    const page = read(range);
    yield* page;
    const last = page.at(-1);
    if (!last || page.length < range.limit) return;
    range.beforeS = last.createdAtS;
    range.afterId = last.id;
    range.limit = Math.min(range.limit * 2, MAX_PAGE);
  }
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

function compareFound(
  a: Pick<Found, "id" | "createdAtS">,
  b: Pick<Found, "id" | "createdAtS">,
): number {
  return b.createdAtS - a.createdAtS || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
