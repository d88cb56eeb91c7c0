import type { MiddlewareHandler } from "hono";
import { callerOf, type ConnectionBindings, isFromThisMachine } from "./http_caller.ts";
import { createInFlight, type InFlightLimits } from "./in_flight.ts";
import { Problem } from "./problems.ts";

/** A browser asks for all files of the client at once, which are about 40; several may share an address. */
export const IN_FLIGHT_LIMITS: InFlightLimits = { maxTotal: 1024, maxPerClient: 64 };

/** Of these, blobs: who is slow to read or send one holds no place that everything else needs. */
export const BLOB_IN_FLIGHT_LIMITS: InFlightLimits = { maxTotal: 512, maxPerClient: 64 };

/**
 * Refuses what is more than the limits allow as `overloaded`. A request counts until its answer is sent: callers who do
 * not read theirs make the server hold a part of each. What this machine asks for itself counts towards the total alone.
 */
export function limitInFlight(
  trustedProxies: readonly string[],
  limits = IN_FLIGHT_LIMITS,
): MiddlewareHandler<{ Bindings: ConnectionBindings }> {
  const inFlight = createInFlight(limits);
  return async (c, next) => {
    const leave = inFlight.enter(isFromThisMachine(c) ? null : callerOf(c, trustedProxies));
    if (!leave) {
      throw new Problem("overloaded", "Too many requests at once. Try again in a second.", {
        headers: { "Retry-After": "1" },
      });
    }
    // Without a socket there is nothing to wait for.
    const completed = c.env?.completed ?? Promise.resolve();
    completed.then(leave, leave);
    await next();
  };
}
