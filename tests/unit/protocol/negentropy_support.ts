import { createNegentropySet, type NegentropySet } from "../../../protocol/negentropy.ts";
import type { NegentropyItem } from "../../../protocol/negentropy_items.ts";

export interface Random {
  int(below: number): number;
  pick<T>(list: readonly T[]): T;
  id(): string;
}

/** Random numbers that can be had again: a property that fails names its seed, an integer above 0. */
export function createRandom(seed: number): Random {
  let state = seed;
  const next = () => {
    // xorshift32
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  const int = (below: number) => Math.floor(next() / 2 ** 32 * below);
  const word = () => next().toString(16).padStart(8, "0");
  return {
    int,
    pick: (list) => list[int(list.length)]!,
    id: () => Array.from({ length: 8 }, word).join(""),
  };
}

/** A sealed set of items in any order. */
export function setOf(items: readonly NegentropyItem[]): NegentropySet {
  const { add, seal } = createNegentropySet();
  items.toSorted((a, b) => b.createdAtS - a.createdAtS || (a.id < b.id ? -1 : 1)).forEach(add);
  return seal();
}
