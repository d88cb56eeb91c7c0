import type { Log } from "./log.ts";
import { faultFields } from "./storage_fault.ts";

/** How long one answer holds: however often a monitor asks, storage is written no more than that. */
const FRESH_MS = 2_000;
const TIMEOUT_MS = 1_000;
const KEY = ["storage_probe"];

/** Tells whether the registry's storage takes writes; cheap to ask often, and it always answers in a second. */
export function createStorageProbe(
  { kv, nowMs, log }: { kv: Deno.Kv; nowMs: () => number; log: Log },
): () => Promise<boolean> {
  let answer: Promise<boolean> | null = null;
  let askedAtMs = 0;

  const probe = async (): Promise<boolean> => {
    const timeout = Promise.withResolvers<never>();
    const timer = setTimeout(() => timeout.reject(new Error("It took too long.")), TIMEOUT_MS);
    try {
      await Promise.race([kv.set(KEY, nowMs()), timeout.promise]);
      return true;
    } catch (error) {
      log.error("storage cannot be written", faultFields(error));
      return false;
    } finally {
      clearTimeout(timer);
    }
  };

  return () => {
    const elapsedMs = nowMs() - askedAtMs;
    if (answer && elapsedMs >= 0 && elapsedMs < FRESH_MS) return answer;
    askedAtMs = nowMs();
    return answer = probe();
  };
}
