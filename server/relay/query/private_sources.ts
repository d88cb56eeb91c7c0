import { KIND } from "../../../protocol/nostr_event.ts";
import type { Filter } from "../../../protocol/nostr_filter.ts";
import type { Mailboxes } from "../events/access.ts";
import { authorStreams, tagStreams } from "./index_streams.ts";
import type { Stream } from "./merge.ts";
import type { Candidate, CandidatePages } from "../store/store_pages.ts";

/** Private kinds that are stored, by the tag that names their reader. */
const KINDS_BY_TAG = {
  q: [KIND.message, KIND.quiet],
  p: [KIND.directMessage, KIND.giftWrap],
} as const;

/**
 * The private events that a filter can ask of a reader's own mailboxes: mail to its addrs, wraps and direct messages to
 * its keys, direct messages by them. A mailbox that is somebody else's is never looked into.
 */
export function privateSources(
  filter: Filter,
  { mailboxes: { addrs, keys }, pages }: { mailboxes: Mailboxes; pages: CandidatePages },
): Stream<Candidate>[] {
  const wanted = (kinds: readonly number[]) =>
    kinds.filter((kind) => filter.kinds?.includes(kind) ?? true);
  const byTag = (name: "q" | "p", own: ReadonlySet<string>): Stream<Candidate>[] => {
    const kinds = wanted(KINDS_BY_TAG[name]);
    if (kinds.length === 0) return [];
    const values = common(own, filter.tags.get(name));
    return tagStreams({ name, values }, { filter, pages, kinds });
  };
  const direct = wanted([KIND.directMessage]);
  const byAuthor = direct.length === 0
    ? []
    : authorStreams(common(keys, filter.authors), { filter, pages, kinds: direct });
  return [...byTag("q", addrs), ...byTag("p", keys), ...byAuthor];
}

function common(own: ReadonlySet<string>, asked: readonly string[] | undefined): string[] {
  if (!asked) return [...own];
  const wanted = new Set(asked);
  return [...own].filter((value) => wanted.has(value));
}
