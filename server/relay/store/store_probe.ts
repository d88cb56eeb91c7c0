import type { Log } from "../../log.ts";
import { faultFields } from "../../storage_fault.ts";

/** How long one answer holds: however often a monitor asks, the store is written no more than that. */
const FRESH_MS = 2_000;

/** Tells whether the relay's store takes writes; cheap to ask often. `probe` throws where it does not. */
export function createStoreProbe(
  { probe, nowMs, log }: { probe: () => void; nowMs: () => number; log: Log },
): () => boolean {
  let answer = true;
  let askedAtMs = -Infinity;
  return () => {
    const elapsedMs = nowMs() - askedAtMs;
    if (elapsedMs >= 0 && elapsedMs < FRESH_MS) return answer;
    askedAtMs = nowMs();
    try {
      probe();
      answer = true;
    } catch (error) {
      log.error("relay.store_unwritable", faultFields(error));
      answer = false;
    }
    return answer;
  };
}
