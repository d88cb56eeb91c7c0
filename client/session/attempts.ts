import { isUserError } from "../user_error.ts";

/** Passphrases that were tried since one was right. */
export interface Attempts {
  count: number;
  /** When the last one was tried, in milliseconds since 1970. */
  lastAtMs: number;
}

/** So many in a row may be mistakes of typing. */
const FREE_ATTEMPTS = 3;
const FIRST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 5 * 60_000;

/** How long the next try has to wait, in milliseconds: a wrong clock never makes it longer than it was. */
export function waitAfter(attempts: Attempts | null, nowMs: number): number {
  if (!attempts || attempts.count < FREE_ATTEMPTS) return 0;
  const doublings = Math.min(attempts.count - FREE_ATTEMPTS, 16);
  const waitMs = Math.min(FIRST_WAIT_MS * 2 ** doublings, LONGEST_WAIT_MS);
  return Math.min(waitMs, Math.max(0, attempts.lastAtMs + waitMs - nowMs));
}

/** How long the next try has to wait after this failure, in milliseconds; null where it tells of no wait. */
export function waitMsOf(error: unknown): number | null {
  if (!isUserError(error, "wrong_passphrase") && !isUserError(error, "rate_limited")) return null;
  const seconds = Number(error.detail);
  return seconds > 0 && Number.isFinite(seconds) ? seconds * 1000 : null;
}
