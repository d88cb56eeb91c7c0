/** What goes to the own devices leaves so long after what went to the peer: side by side they would show the relay who writes to whom. */
const MIN_COPY_DELAY_MS = 1_000;
const MAX_COPY_DELAY_MS = 4_000;

/** Draws how long the next copy waits, in milliseconds: never shorter than the copy before it. */
export function createCopyDelay(
  { nowMs, random }: { nowMs(): number; random(): number },
): () => number {
  let nextAtMs = 0;
  return () => {
    const now = nowMs();
    const drawnMs = MIN_COPY_DELAY_MS + (MAX_COPY_DELAY_MS - MIN_COPY_DELAY_MS) * random();
    const delayMs = Math.min(MAX_COPY_DELAY_MS, Math.max(drawnMs, nextAtMs - now));
    nextAtMs = now + delayMs;
    return delayMs;
  };
}
