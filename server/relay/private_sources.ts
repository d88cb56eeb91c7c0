import { KIND } from "../../protocol/nostr_event.ts";
import type { Filter } from "../../protocol/nostr_filter.ts";
import { isPrivateKind, type Mailboxes } from "./access.ts";
import type { Stream } from "./merge.ts";
import type { Candidate, CandidatePages, PageRange } from "./store_pages.ts";

/**
 * The private events that a filter can ask of a reader's own mailboxes: mail to its addrs, wraps and direct messages to
 * its keys, direct messages by them. A mailbox that is somebody else's is never looked into.
 */
export function privateSources(
  filter: Filter,
  { mailboxes: { addrs, keys }, pages, stream }: {
    mailboxes: Mailboxes;
    pages: Pick<CandidatePages, "byTag" | "byAuthor">;
    stream(read: (range: PageRange) => Candidate[]): Stream<Candidate>;
  },
): Stream<Candidate>[] {
  if (filter.kinds && !filter.kinds.some(isPrivateKind)) return [];
  const byTag = (name: string, value: string) =>
    stream((range) => pages.byTag({ name, value, isPrivate: true }, range));
  return [
    ...common(addrs, filter.tags.get("q")).map((addr) => byTag("q", addr)),
    ...common(keys, filter.tags.get("p")).map((key) => byTag("p", key)),
    ...common(keys, filter.authors).map((pubkey) =>
      stream((range) => pages.byAuthor({ pubkey, kind: KIND.directMessage }, range))
    ),
  ];
}

function common(own: ReadonlySet<string>, asked: readonly string[] | undefined): string[] {
  if (!asked) return [...own];
  const wanted = new Set(asked);
  return [...own].filter((value) => wanted.has(value));
}
