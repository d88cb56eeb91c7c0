import type { MiddlewareHandler } from "hono";

const EXPOSED = "ETag, Location, Retry-After, RateLimit, RateLimit-Policy, WWW-Authenticate";

const PREFLIGHT = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, DELETE",
  "Access-Control-Allow-Headers": "Authorization, Content-Type, If-None-Match",
  "Access-Control-Max-Age": "7200",
};

/** `X-Content-Type-Options: nosniff` on every answer. */
export const noSniff: MiddlewareHandler = async (c, next) => {
  await next();
  c.res.headers.set("X-Content-Type-Options", "nosniff");
};

/** CORS open to everybody, without credentials: clients of other servers look handles up. (Specification page 3) */
export const openCors: MiddlewareHandler = async (c, next) => {
  if (c.req.method === "OPTIONS") return new Response(null, { status: 204, headers: PREFLIGHT });
  await next();
  c.res.headers.set("Access-Control-Allow-Origin", "*");
  c.res.headers.set("Access-Control-Expose-Headers", EXPOSED);
};

/** `Date` by the clock that also judges `created_at`: clients compare theirs with it. (RFC 9110 §6.6.1) */
export function dateHeader(nowMs: () => number): MiddlewareHandler {
  let second = 0;
  let text = "";
  return async (c, next) => {
    await next();
    const nowS = Math.floor(nowMs() / 1000);
    if (nowS !== second) {
      second = nowS;
      text = new Date(nowS * 1000).toUTCString();
    }
    c.res.headers.set("Date", text);
  };
}
