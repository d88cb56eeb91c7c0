const FIRST_DELAY_MS = 1_000;
const MAX_DELAY_MS = 60_000;
const GROWTH = 1.5;
const JITTER = 0.25;

/**
 * How long to wait before the next attempt: from 1 s, growing to 60 s, each a quarter more or less so that clients of
 * one relay do not come back all at once.
 *
 * @param failures attempts that failed in a row, from 1
 * @param random from 0 up to 1
 */
export function backoffMs(failures: number, random: number): number {
  const delayMs = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * GROWTH ** Math.max(0, failures - 1));
  return delayMs * (1 - JITTER + 2 * JITTER * random);
}
