import type { FsyncMode } from "../../config.ts";
import type { Log } from "../../log.ts";
import { afterMs } from "../../after_ms.ts";
import { afterIo } from "../connection/after_io.ts";
import { readLines } from "./event_lines.ts";
import { importLines, type ImportRules, type LineResult } from "./import_lines.ts";
import { createIngest } from "../ingest/ingest.ts";
import { RELAY_LIMITS } from "../limits.ts";
import { createModeration } from "../management/moderation.ts";
import { removeRequested } from "../store/removal.ts";
import { openStore } from "../store/store.ts";
import { openVerifyPool } from "../ingest/open_verify_pool.ts";
import type { VerifyPool } from "../ingest/verify_pool.ts";

/** Takes events into a relay that does not run. */
export interface Importer extends Disposable {
  /**
   * Reads JSON lines to their end, or to the signal; ends when all that it told of is durable. Bounded in memory,
   * however long the input is.
   *
   * @throws what reading the input throws
   */
  run(
    input: AsyncIterable<Uint8Array>,
    options: { signal: AbortSignal; tell(result: LineResult): void },
  ): Promise<void>;
}

export interface ImporterOptions extends Pick<ImportRules, "members" | "publicUrl" | "retentionS"> {
  /** Path of the SQLite file; no other process may write it meanwhile. */
  dbPath: string;
  fsync: FsyncMode;
  nowMs(): number;
  log: Log;
}

const NO_LIMITS = {
  maxMailboxBytes: Infinity,
  maxMemberBytes: Infinity,
  maxDeletions: Number.MAX_SAFE_INTEGER,
};

/**
 * Opens the relay's storage with what events need on their way into it. Shares of the disk are counted and not enforced:
 * the operator decides what the disk holds.
 *
 * @throws StartFault where a newer version wrote the database
 */
export function openImporter(
  { dbPath: path, fsync, members, publicUrl, retentionS, nowMs, log }: ImporterOptions,
): Importer {
  const store = openStore({ path, fsync, ...NO_LIMITS });
  const pool = openVerifyPool({ log });
  const ingest = createIngest({
    store,
    verify: inOrder(pool.verify),
    takeToken: () => true,
    // Asked for each line already, and nobody else changes the lists meanwhile.
    isBanned: () => false,
    // What is imported into a relay belongs there.
    forward: () => Promise.reject(new Error("An import hands nothing on.")),
    // All at once when the lines have ended; what a crash leaves of it, the relay removes at its next start.
    removeRequested: () => Promise.resolve(),
    onAccepted: () => {},
    defer: afterIo,
    afterMs,
    log,
  });
  const nowS = () => Math.floor(nowMs() / 1000);
  const moderation = createModeration({ store: store.moderation, nowS });
  const rules = { members, moderation, publicUrl, retentionS, nowS };
  return {
    async run(input, { signal, tell }) {
      // What is not verified yet is dropped: the answer to a signal should not take seconds.
      signal.addEventListener("abort", () => pool.stop(), { once: true });
      const lines = readLines(input, { maxBytes: RELAY_LIMITS.maxFrameBytes });
      await importLines(lines, { ingest, rules, signal, tell });
      if (signal.aborted) return;
      for (const _removed of removeRequested(store));
    },
    [Symbol.dispose]() {
      pool.stop();
      store.close();
    },
  };
}

/**
 * Gives the verdicts in the order of the questions: what is imported is stored in the order of its lines. After the first
 * that is missing all are: else a Worker that was faster than another, when both were stopped, leaves a gap that the next run
 * fills too late.
 */
export function inOrder(verify: VerifyPool["verify"]): VerifyPool["verify"] {
  let last: Promise<boolean | null> = Promise.resolve(true);
  return (event) => {
    const verdict = verify(event);
    const turn = last.then((before) => before === null ? null : verdict);
    last = turn;
    return turn;
  };
}
