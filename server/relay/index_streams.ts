import type { Filter } from "../../protocol/nostr_filter.ts";
import { mergeStreams, type Stream } from "./merge.ts";
import type { Candidate, CandidatePages, PageRange } from "./store_pages.ts";

const MIN_PAGE = 16;
const MAX_PAGE = 256;
/** So few kinds are asked for one by one; of more, those that are there are looked up first. */
const FEW_KINDS = 2;

/** An index whose entries stand by kind. */
interface KindIndex {
  /** The lowest kind above another that there are entries of; null past the last. */
  next(above: number): number | null;
  read(kind: number, range: PageRange): Candidate[];
}

/** Newest first, ties by lowest id. */
export function compareCandidates(
  a: Pick<Candidate, "id" | "createdAtS">,
  b: Pick<Candidate, "id" | "createdAtS">,
): number {
  return b.createdAtS - a.createdAtS || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

/** Reads an index page by page, within the filter's times; pages grow, so that a small limit reads little. */
export function* pageThrough(
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
    range.limit = Math.min(range.limit * 4, MAX_PAGE);
  }
}

/** The events of an author, of the kinds that are wanted. */
export function authorStream(
  pubkey: string,
  { filter, pages, kinds }: { filter: Filter; pages: CandidatePages; kinds: WantedKinds },
): Stream<Candidate> {
  return kindStreams(filter, {
    next: (above) => pages.nextKindOf(pubkey, above),
    read: (kind, range) => pages.byAuthor({ pubkey, kind }, range),
  }, kinds);
}

/** The events with a tag, of the kinds that are wanted. */
export function tagStream(
  tag: { name: string; value: string },
  { filter, pages, kinds }: { filter: Filter; pages: CandidatePages; kinds: WantedKinds },
): Stream<Candidate> {
  return kindStreams(filter, {
    next: (above) => pages.nextKindWith(tag, above),
    read: (kind, range) => pages.byTag({ ...tag, kind }, range),
  }, kinds);
}

/** Kinds to look for: a list, or every kind that passes. */
export type WantedKinds = readonly number[] | ((kind: number) => boolean);

function* kindStreams(
  filter: Filter,
  { next, read }: KindIndex,
  wanted: WantedKinds,
): Stream<Candidate> {
  const stream = (kind: number) => pageThrough(filter, (range) => read(kind, range));
  const streams: Stream<Candidate>[] = [];
  if (typeof wanted !== "function" && wanted.length <= FEW_KINDS) {
    streams.push(...wanted.map(stream));
  } else {
    const isWanted = typeof wanted === "function"
      ? wanted
      : (kind: number) => wanted.includes(kind);
    yield null;
    for (let kind = next(-1); kind !== null; kind = next(kind)) {
      if (isWanted(kind)) streams.push(stream(kind));
      yield null;
    }
  }
  yield* mergeStreams(streams, compareCandidates);
}
