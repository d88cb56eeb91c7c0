import type { HttpHandler } from "./http_listener.ts";
import { Problem, problemResponse } from "./problems.ts";

/** `host` or `host:port`, as in a URL. (RFC 3986 §3.2.2 without user information and percent signs) */
const AUTHORITY = /^(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::\d{0,5})?$/;

/**
 * Lets only requests through whose URL is one that `new URL` takes and leaves as it is, so that routing, files and
 * signatures are judged by the same path and query. `Deno.serve` joins the URL from the Host header and the request
 * target without looking at either.
 *
 * Another form of a target (dot segments) is put into the usual one; a host that is none is `malformed`, and so is a path with a
 * backslash: a proxy takes it for a letter and `URL` for a slash, so that what the proxy keeps back could be asked by it.
 */
export function withPlainTarget(answer: HttpHandler): HttpHandler {
  return (request, info) => {
    const plain = plainRequest(request);
    return plain ? answer(plain, info) : refusal();
  };
}

/** The request itself where its URL is plain, else one like it with a plain URL; null where there is no such URL. */
export function plainRequest(request: Request): Request | null {
  const { url } = request;
  const authorityStart = url.indexOf("//") + 2;
  const pathStart = url.indexOf("/", authorityStart);
  // The Host header is looked at too: with a slash in it, its end would pass for the path.
  const host = request.headers.get("Host") || null;
  if (pathStart < 0 || !AUTHORITY.test(url.slice(authorityStart, pathStart))) return null;
  if (host !== null && !AUTHORITY.test(host)) return null;
  const parsed = URL.parse(url);
  if (!parsed || url.slice(pathStart).split("?", 1)[0]!.includes("\\")) return null;
  const target = parsed.pathname + parsed.search;
  if (url.length === pathStart + target.length && url.endsWith(target)) return request;
  return withUrl(request, parsed.origin + target);
}

function withUrl({ method, headers, body }: Request, url: string): Request | null {
  // The constructor refuses these, and nothing answers them.
  if (method === "CONNECT" || method === "TRACE" || method === "TRACK") return null;
  const takesBody = method !== "GET" && method !== "HEAD";
  return new Request(url, { method, headers, body: takesBody ? body : null });
}

function refusal(): Response {
  const response = problemResponse(
    new Problem("malformed", "The Host header or the request target is not one of HTTP."),
  );
  response.headers.set("X-Content-Type-Options", "nosniff");
  return response;
}
