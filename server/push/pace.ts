/** How much one handle was pushed to, as it is kept: a bucket of ten pushes, filled by one in thirty seconds. */
export interface Pace {
  /** When the last push went; 0 before the first. */
  lastMs: number;
  /** When the bucket is full again. */
  fullAtMs: number;
}

/** A burst of messages is its first and its last push, this far apart. (Specification page 3) */
export const BURST_MS = 2_000;
const MAX_PUSHES = 10;
const MS_A_PUSH = 30_000;

/** The pace of a handle that was never pushed to. */
export const FRESH_PACE: Pace = { lastMs: 0, fullAtMs: 0 };

/** When the next push may go: now, or later. Milliseconds. */
export function nextPushMs(pace: Pace, nowMs: number): number {
  const { lastMs, fullAtMs } = setBack(pace, nowMs);
  return Math.max(nowMs, lastMs + BURST_MS, fullAtMs - (MAX_PUSHES - 1) * MS_A_PUSH);
}

/** The pace after a push that went now. */
export function afterPush(pace: Pace, nowMs: number): Pace {
  const { fullAtMs } = setBack(pace, nowMs);
  return { lastMs: nowMs, fullAtMs: Math.max(fullAtMs, nowMs) + MS_A_PUSH };
}

/** A clock that was set back must not silence anybody for that long. */
function setBack({ lastMs, fullAtMs }: Pace, nowMs: number): Pace {
  const aheadMs = Math.max(0, lastMs - nowMs);
  return { lastMs: lastMs - aheadMs, fullAtMs: fullAtMs - aheadMs };
}
