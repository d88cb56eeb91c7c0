import type { MiddlewareHandler } from "hono";
import { callerOf, type ConnectionBindings } from "./http_caller.ts";
import type { BucketRule, DurableRateLimiter } from "./rate_limit.ts";
import { rateLimited } from "./take_token.ts";

/** Attempts count, also those that are refused: each costs the server the check of two signatures. */
export const REGISTRATION_RULE: BucketRule = {
  name: "registration",
  capacity: 10,
  refillPerS: 10 / 3600,
};

export const LOOK_UP_RULE: BucketRule = { name: "look_up", capacity: 120, refillPerS: 2 };

/** Entries that are appended: each costs the check of a signature. */
export const SIGCHAIN_RULE: BucketRule = { name: "sigchain", capacity: 120, refillPerS: 2 };

/** Messages without a WebSocket, sent and fetched. (Specification page 3) */
export const MESSAGE_RULE: BucketRule = { name: "messages", capacity: 60, refillPerS: 1 };

/** Subscribing costs the check of a signature and a look-up of a name. */
export const PUSH_RULE: BucketRule = { name: "push", capacity: 60, refillPerS: 1 };

/** Each costs the check of a signature; a picture and what goes with it takes a few. */
export const BLOB_RULE: BucketRule = { name: "blob", capacity: 60, refillPerS: 1 };

/**
 * Takes a token of the caller's bucket, and tells so in `RateLimit-Policy` and `RateLimit`
 * (draft-ietf-httpapi-ratelimit-headers).
 *
 * @param isDurable the count is on disk before the answer is given, so that no restart gives tokens back
 */
export function limitRate(
  rule: BucketRule,
  { limiter, trustedProxies, isDurable = false }: {
    limiter: Pick<DurableRateLimiter, "take" | "flush">;
    trustedProxies: readonly string[];
    isDurable?: boolean;
  },
): MiddlewareHandler<{ Bindings: ConnectionBindings }> {
  const windowS = Math.round(rule.capacity / rule.refillPerS);
  const policy = `"${rule.name}";q=${rule.capacity};w=${windowS}`;
  return async (c, next) => {
    const { allowed, limit, remaining, retryAfterS } = limiter.take(
      rule,
      callerOf(c, trustedProxies),
    );
    // A refusal takes nothing that a restart could give back.
    if (isDurable && allowed) await limiter.flush();
    const fullInS = Math.ceil((limit - remaining) / rule.refillPerS);
    const state = `"${rule.name}";r=${remaining};t=${fullInS}`;
    if (!allowed) {
      const headers = { "RateLimit-Policy": policy, "RateLimit": state };
      throw rateLimited("Too many requests.", { retryAfterS, headers });
    }
    await next();
    c.res.headers.set("RateLimit-Policy", policy);
    c.res.headers.set("RateLimit", state);
  };
}
