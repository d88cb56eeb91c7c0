/** Random numbers of a seed, and what tests make of them. */
export interface Random {
  /** A whole number from 0 to below a bound of at most 2^32. */
  int(below: number): number;
  pick<T>(list: readonly T[]): T;
  /** Every item with a chance of a half. */
  some<T>(list: readonly T[]): T[];
  /** True once in so many times. */
  oneIn(times: number): boolean;
  /** 64 hex. */
  hex(): string;
}

/** Random numbers that can be had again by their seed, a whole number: a property that fails names it. */
export function createRandom(seed: number): Random {
  // Neighbouring seeds would begin alike, and 0 would give nothing but 0.
  let state = (Math.imul(seed, 2_654_435_761) ^ 0x9e37_79b9) || 1;
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
    some: (list) => list.filter(() => int(2) === 0),
    oneIn: (times) => int(times) === 0,
    hex: () => Array.from({ length: 8 }, word).join(""),
  };
}

/** The same items in any order. */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  return items.map((item) => ({ item, place: random.int(2 ** 32) }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

/** The items in another order. */
export function shuffle<T>(list: readonly T[], random: Random): T[] {
  const ranked = list.map((item) => ({ item, rank: random.int(2 ** 32) }));
  return ranked.sort((a, b) => a.rank - b.rank).map(({ item }) => item);
}

/**
 * The seeds of a run: `rounds` from 1 on. `FUZZ_ROUNDS` is how many there are instead, and `FUZZ_SEED` is the first. A
 * test names its seed, so that `FUZZ_SEED=<seed> FUZZ_ROUNDS=1` does again what failed.
 */
export function fuzzSeeds(rounds: number): number[] {
  const first = Number(Deno.env.get("FUZZ_SEED") ?? 1);
  const length = Number(Deno.env.get("FUZZ_ROUNDS") ?? rounds);
  return Array.from({ length }, (_, i) => first + i);
}
