import { errorText, type Log } from "../log.ts";
import type { Blobs } from "./blobs.ts";

const INTERVAL_MS = 60 * 60 * 1000;
/** What no profile names and nobody fetched for so long goes. (Specification page 3, "Blobs") */
const UNUSED_MS = 30 * 86_400_000;

/** Sweeps at the start and every hour, and takes away what it is told to. */
export interface BlobSweep {
  /** Takes all blobs of a nostr key away, soon; a removal that fails comes with the next sweep. */
  removeAllOf(pubkey: string): void;
  /** Ends once what is under way has ended. */
  stop(): Promise<void>;
}

/**
 * Starts sweeping.
 *
 * @param isMemberKey blobs of a key that is no member's any more go
 * @param isNamed true where a profile of one of the owners names the blob
 */
export function startBlobSweep(
  { blobs, owners, isMemberKey, isNamed, nowMs, log }: {
    blobs: Pick<Blobs, "sweep" | "removeAllOf">;
    owners(): AsyncIterable<string>;
    isMemberKey(pubkey: string): boolean;
    isNamed(sha256: string, owners: string[]): boolean;
    nowMs(): number;
    log: Log;
  },
): BlobSweep {
  let work: Promise<void> = Promise.resolve();
  let isStopped = false;

  function inTurn(task: () => Promise<void>): void {
    work = work.then(async () => {
      if (!isStopped) await task();
    }).catch((error) => log.error("blobs.sweep_failed", { reason: errorText(error) }));
  }

  async function sweep(): Promise<void> {
    for await (const pubkey of owners()) {
      if (isStopped) return;
      if (!isMemberKey(pubkey)) await blobs.removeAllOf(pubkey);
    }
    const removed = await blobs.sweep({ nowMs: nowMs(), unusedMs: UNUSED_MS, isNamed });
    if (removed > 0) log.info("blobs.swept", { removed });
  }

  inTurn(sweep);
  const timer = setInterval(() => inTurn(sweep), INTERVAL_MS);
  return {
    removeAllOf: (pubkey) => inTurn(() => blobs.removeAllOf(pubkey)),
    async stop() {
      clearInterval(timer);
      isStopped = true;
      await work;
    },
  };
}
