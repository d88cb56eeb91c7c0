import { Problem } from "./problems.ts";
import type { BucketRule, RateLimiter } from "./rate_limit.ts";

/**
 * Takes a token of somebody's bucket.
 *
 * @param tooMany what the refusal says: "Too many proofs."
 * @throws Problem `rate_limited`, with the time after which to come again
 */
export function takeToken(
  limiter: RateLimiter,
  { rule, key, tooMany }: { rule: BucketRule; key: string; tooMany: string },
): void {
  const { allowed, retryAfterS } = limiter.take(rule, key);
  if (!allowed) throw rateLimited(tooMany, { retryAfterS });
}

/** What is answered to who comes too often. */
export function rateLimited(
  tooMany: string,
  { retryAfterS, headers = {} }: { retryAfterS: number; headers?: Record<string, string> },
): Problem {
  return new Problem("rate_limited", `${tooMany} Try again in ${waitText(retryAfterS)}.`, {
    headers: { "Retry-After": String(retryAfterS), ...headers },
  });
}

function waitText(seconds: number): string {
  if (seconds < 100) return seconds === 1 ? "1 second" : `${seconds} seconds`;
  return `${Math.ceil(seconds / 60)} minutes`;
}
