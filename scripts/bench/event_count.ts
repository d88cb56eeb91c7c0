/** Fewer would leave too little for each of a comparison's rows. */
const LEAST = 1_000;

/**
 * How many events `--events` asks for.
 *
 * @throws RangeError with a message for the person who typed it
 */
export function parseEventCount(text: string): number {
  const count = /^\d+$/.test(text) ? Number(text) : NaN;
  if (Number.isSafeInteger(count) && count >= LEAST) return count;
  const least = LEAST.toLocaleString("en-GB");
  throw new RangeError(`--events takes a whole number of at least ${least}, not "${text}".`);
}
