import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import type { ConnectionBindings } from "./http_caller.ts";

/** Is told of an answer: by the route's pattern, never by what was asked for. */
export type Measured = (
  route: string,
  told: { method: string; status: number; seconds: number },
) => void;

/** What no route answers is the client's files, or nothing. */
const APP = "app";

/** Measures the time until the head of an answer is there. */
export function measure(tell: Measured): MiddlewareHandler<{ Bindings: ConnectionBindings }> {
  return async (c, next) => {
    const sinceMs = performance.now();
    await next();
    // What a parameter may look like says nothing to who reads it.
    const pattern = routePath(c, -1).replace(/\{.*\}$/, "");
    tell(pattern.endsWith("*") ? APP : pattern, {
      method: c.req.method,
      status: c.res.status,
      seconds: (performance.now() - sinceMs) / 1000,
    });
  };
}
