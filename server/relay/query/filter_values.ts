import type { Filter } from "../../../protocol/nostr_filter.ts";

/** How many values filters have, and one for each filter: what they take in memory and in look-ups goes by it. */
export function countValues(filters: readonly Filter[]): number {
  return filters.reduce((sum, { ids, authors, kinds, tags }) => {
    const lists = [ids, authors, kinds, ...tags.values()];
    return sum + lists.reduce((own, list) => own + (list?.length ?? 0), 1);
  }, 0);
}
