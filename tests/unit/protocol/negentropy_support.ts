import { createNegentropySet, type NegentropySet } from "../../../protocol/negentropy.ts";
import type { NegentropyItem } from "../../../protocol/negentropy_items.ts";

/** A sealed set of items in any order. */
export function setOf(items: readonly NegentropyItem[]): NegentropySet {
  const { add, seal } = createNegentropySet();
  items.toSorted((a, b) => b.createdAtS - a.createdAtS || (a.id < b.id ? -1 : 1)).forEach(add);
  return seal();
}
