import type { Filter } from "../../../protocol/nostr_filter.ts";
import { mergeStreams, type Stream } from "./merge.ts";
import {
  type Candidate,
  type CandidatePages,
  MAX_KINDS,
  type PageRange,
} from "../store/store_pages.ts";

const MIN_PAGE = 8;
const MAX_PAGE = 256;
/** How much more a first page has than its share of the limit: streams are not merged evenly. */
const MARGIN = 1.25;
/** So few kinds are asked for one by one; of more, those that are there are looked up first. */
const FEW_KINDS = 2;

/** An index whose entries stand by kind. */
interface KindIndex {
  /** The kinds above another that there are entries of, rising: a page of them. */
  kinds(above: number): number[];
  read(kind: number, range: PageRange): Candidate[];
}

/** What is looked for in an index, beside its keys. */
interface Asked {
  filter: Filter;
  pages: CandidatePages;
  /** A list, or every kind that passes. */
  kinds: readonly number[] | ((kind: number) => boolean);
}

/** Newest first, ties by lowest id. */
export function compareCandidates(
  a: Pick<Candidate, "id" | "createdAtS">,
  b: Pick<Candidate, "id" | "createdAtS">,
): number {
  return b.createdAtS - a.createdAtS || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

/**
 * Reads an index page by page, within the filter's times. The first page is about what the filter's limit wants of it, so
 * that little is read for nothing; later ones grow.
 *
 * @param siblings streams that are merged with this one, and it
 */
export function* pageThrough(
  filter: Filter,
  read: (range: PageRange) => Candidate[],
  siblings = 1,
): Stream<Candidate> {
  const share = Math.ceil((filter.limit ?? MAX_PAGE) * MARGIN / siblings);
  const range = {
    sinceS: filter.since ?? 0,
    beforeS: filter.until ?? Number.MAX_SAFE_INTEGER,
    afterId: "",
    limit: Math.min(Math.max(share, MIN_PAGE), MAX_PAGE),
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

/** The events of authors, of the kinds that are wanted: a stream each. */
export function authorStreams(pubkeys: readonly string[], asked: Asked): Stream<Candidate>[] {
  const { pages } = asked;
  return pubkeys.map((pubkey) =>
    kindStreams({
      kinds: (above) => pages.kindsOf(pubkey, above),
      read: (kind, range) => pages.byAuthor({ pubkey, kind }, range),
    }, { ...asked, siblings: pubkeys.length })
  );
}

/** The events with one of some values of a tag, of the kinds that are wanted: a stream a value. */
export function tagStreams(
  { name, values }: { name: string; values: readonly string[] },
  asked: Asked,
): Stream<Candidate>[] {
  const { pages } = asked;
  return values.map((value) =>
    kindStreams({
      kinds: (above) => pages.kindsWith({ name, value }, above),
      read: (kind, range) => pages.byTag({ name, value, kind }, range),
    }, { ...asked, siblings: values.length })
  );
}

function* kindStreams(
  index: KindIndex,
  { filter, kinds: wanted, siblings }: Asked & { siblings: number },
): Stream<Candidate> {
  const isListed = typeof wanted !== "function";
  const kinds = isListed && wanted.length <= FEW_KINDS
    ? wanted
    : yield* kindsThere(index, isListed ? (kind) => wanted.includes(kind) : wanted);
  const streams = kinds.map((kind) =>
    pageThrough(filter, (range) => index.read(kind, range), kinds.length * siblings)
  );
  yield* mergeStreams(streams, compareCandidates);
}

/** The kinds that an index has entries of, as far as they are wanted: a page a step. */
function* kindsThere(
  index: KindIndex,
  isWanted: (kind: number) => boolean,
): Generator<null, number[]> {
  const there: number[] = [];
  for (let above = -1;;) {
    yield null;
    const page = index.kinds(above);
    there.push(...page.filter(isWanted));
    if (page.length < MAX_KINDS) return there;
    above = page.at(-1)!;
  }
}
