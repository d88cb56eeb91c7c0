/** Looks after the leader while the person looks at this tab. */
export interface Watch {
  /** Asks the leader for a sign of life, if it has not been asked already. */
  look(): void;
  /** The leader has said something. */
  heard(): void;
  stop(): void;
}

/** A leader that says nothing for so long, while it is asked, is frozen or hangs. */
export const SILENCE_MS = 5_000;
/** It is asked so often. */
const LOOK_EVERY_MS = 5_000;
/** Where the own timers come later than this, it is this page that hangs. */
const LATE_MS = 1_000;

/**
 * Lets a tab that is looked at take over from a leader that does not answer. A hidden tab has time.
 *
 * @param afterMs calls back once after so many milliseconds; returns what cancels it
 */
export function createWatch(
  { ping, take, isVisible, nowMs, afterMs }: {
    ping: () => void;
    take: () => void;
    isVisible: () => boolean;
    nowMs: () => number;
    afterMs: (delayMs: number, run: () => void) => () => void;
  },
): Watch {
  let isAsked = false;
  let cancel = () => {};

  function wait(delayMs: number, run: () => void): void {
    cancel();
    cancel = afterMs(delayMs, run);
  }

  function look(): void {
    if (isAsked || !isVisible()) return;
    isAsked = true;
    const dueMs = nowMs() + SILENCE_MS;
    wait(SILENCE_MS, () => {
      isAsked = false;
      if (!isVisible()) return;
      if (nowMs() > dueMs + LATE_MS) look();
      else take();
    });
    ping();
  }

  return {
    look,
    heard() {
      isAsked = false;
      wait(LOOK_EVERY_MS, look);
    },
    stop() {
      isAsked = false;
      cancel();
    },
  };
}
