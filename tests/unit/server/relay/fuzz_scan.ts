import type { Filter } from "../../../../protocol/nostr_filter.ts";
import { canRead } from "../../../../server/relay/events/access.ts";
import { type Found, scanFilters, type ScanRules } from "../../../../server/relay/query/scan.ts";
import type { Stream } from "../../../../server/relay/query/merge.ts";
import type { Store } from "../../../../server/relay/store/store.ts";
import { addrsOf, nostrKeyOf } from "./fuzz_events.ts";

/** A scan of what a store has now, for a connection that AUTHed as some keys. */
export function openScan(
  filters: readonly Filter[],
  { store, authed, ...rules }:
    & { store: Store; authed: ReadonlySet<string> }
    & Pick<
      ScanRules,
      "maxLimit" | "wantsJson" | "nowS"
    >,
): Stream<Found> {
  return scanFilters(filters, {
    ...rules,
    store,
    lastSeq: store.lastSeq(),
    mailboxes: { keys: authed, addrs: new Set([...authed].flatMap(addrsOf)) },
    canRead: (event) => canRead(event, { authed, nostrKeyOf }),
  });
}

/** What a scan gives from its beginning to its end. */
export function runScan(...args: Parameters<typeof openScan>): Found[] {
  return [...openScan(...args)].filter((found) => found !== null);
}

/** The ids that a scan gives, in order. */
export function idsOfScan(...args: Parameters<typeof openScan>): string[] {
  return runScan(...args).map(({ id }) => id);
}
