import type { RelayEnvironment } from "../../relays/relay_environment.ts";
import type { Change } from "../../storage/chat_changes.ts";
import { isUserError } from "../../user_error.ts";
import type { Ledger } from "../ledger.ts";
import { removalOf } from "./message_removal.ts";

/** Removes messages whose time is over. */
export interface Expiry {
  /** Removes what was due while nothing ran, then goes on by itself. Never rejects. */
  start(): Promise<void>;
  stop(): void;
}

/** Messages that go in one transaction. */
const BATCH_MESSAGES = 100;
/** Timers of browsers end at 24 days; and a clock may be set right meanwhile. */
const MAX_WAIT_MS = 60 * 60 * 1000;
const RETRY_MS = 30_000;

/** The clean-up of messages that disappear. What is removed is committed like any other change, so that every view follows. */
export function createExpiry(
  { ledger, ownPrimary, environment, onFault }: {
    ledger: Ledger;
    ownPrimary: string;
    environment: Pick<RelayEnvironment, "setTimer" | "nowMs" | "onWake">;
    onFault(error: unknown): void;
  },
): Expiry {
  let isStopped = false;
  let dueAtMs = Infinity;
  let cancelTimer = () => {};
  let endFollowing = () => {};
  let endWake = () => {};

  function wait(nextAtMs: number | null): void {
    cancelTimer();
    dueAtMs = nextAtMs ?? Infinity;
    if (isStopped || nextAtMs === null) return;
    const delayMs = Math.min(Math.max(0, nextAtMs - environment.nowMs()), MAX_WAIT_MS);
    cancelTimer = environment.setTimer(() => void sweep(), delayMs);
  }

  async function sweep(): Promise<void> {
    try {
      while (!isStopped && await ledger.write(removeBatch) === BATCH_MESSAGES);
      wait(await ledger.storage.nextExpiry());
    } catch (error) {
      if (isStopped) return;
      if (!isUserError(error, "storage_failed")) onFault(error);
      wait(environment.nowMs() + RETRY_MS);
    }
  }

  async function removeBatch(): Promise<number> {
    const nowMs = environment.nowMs();
    const expired = await ledger.storage.expiredMessages(nowMs, BATCH_MESSAGES);
    await ledger.commit(await removalOf(expired, { ledger, ownPrimary }));
    return expired.length;
  }

  function follow(changes: Change[]): void {
    for (const change of changes) {
      if (!("put" in change) || change.put !== "message") continue;
      const { expiresAtMs } = change.message;
      if (expiresAtMs !== null && expiresAtMs < dueAtMs) wait(expiresAtMs);
    }
  }

  return {
    async start() {
      endFollowing = ledger.onCommit(follow);
      // Timers stand still while a device sleeps.
      endWake = environment.onWake(() => void sweep());
      await sweep();
    },
    stop() {
      isStopped = true;
      cancelTimer();
      endFollowing();
      endWake();
    },
  };
}
