import type { Context, MiddlewareHandler } from "hono";

/** What the answers to a preflight name. */
interface CorsRules {
  allowed: string;
  exposed: string;
}

const API_CORS: CorsRules = {
  allowed: "Authorization, Content-Type, If-None-Match",
  exposed: "ETag, Location, Retry-After, RateLimit, RateLimit-Policy, WWW-Authenticate",
};
/** BUD-01 and BUD-06 have headers of their own. */
const BLOB_CORS: CorsRules = {
  allowed: `${API_CORS.allowed}, Range, X-SHA-256, X-Content-Length, X-Content-Type`,
  exposed: `${API_CORS.exposed}, Accept-Ranges, Content-Length, Content-Range, X-Reason`,
};

/** `X-Content-Type-Options: nosniff` on every answer. */
export const noSniff: MiddlewareHandler = async (c, next) => {
  await next();
  c.res.headers.set("X-Content-Type-Options", "nosniff");
};

/** CORS open to everybody, without credentials: clients of other servers look handles up. (Specification page 3) */
export const openCors: MiddlewareHandler = createCors(API_CORS);

/** The same for blobs; a refusal stands in a header as well. (Blossom BUD-01) */
export const blobCors: MiddlewareHandler = createCors(BLOB_CORS, (c) => {
  // Header values are Latin-1, and one line.
  if (c.error) c.res.headers.set("X-Reason", c.error.message.replace(/[^ -~]/g, "?"));
});

function createCors(
  { allowed, exposed }: CorsRules,
  then: (c: Context) => void = () => {},
): MiddlewareHandler {
  const preflight = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, DELETE",
    "Access-Control-Allow-Headers": allowed,
    "Access-Control-Max-Age": "7200",
  };
  return async (c, next) => {
    if (c.req.method === "OPTIONS") return new Response(null, { status: 204, headers: preflight });
    await next();
    c.res.headers.set("Access-Control-Allow-Origin", "*");
    c.res.headers.set("Access-Control-Expose-Headers", exposed);
    then(c);
  };
}

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
