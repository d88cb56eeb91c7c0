import type { RelayLimits } from "../limits.ts";

/** Refused messages of a connection that are not forgiven yet. */
export interface Strikes {
  count: number;
  atMs: number;
}

/** Counts one more refused message. */
export function addStrike(
  strikes: Strikes,
  { nowMs, strikesForgivenPerS }: { nowMs: number } & Pick<RelayLimits, "strikesForgivenPerS">,
): Strikes {
  const forgiven = (Math.max(0, nowMs - strikes.atMs) / 1000) * strikesForgivenPerS;
  return { count: Math.max(0, strikes.count - forgiven) + 1, atMs: nowMs };
}
