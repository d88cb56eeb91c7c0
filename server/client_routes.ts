import { isAppPath } from "../protocol/app_paths.ts";
import { acceptsHtml } from "./accept.ts";
import { Problem, problemResponse } from "./problems.ts";
import type { StaticAssets } from "./static_assets.ts";

/**
 * Answers whatever the API does not: files of the client, its page for every route of the app, else the problems
 * `not_found`, `method_not_allowed`, `wrong_route` and `no_client`.
 */
export function answerClient(request: Request, assets: StaticAssets): Response {
  const { pathname } = new URL(request.url);
  if (pathname === "/relay" || pathname.startsWith("/relay/")) return problemResponse(wrongRoute());
  const isRead = request.method === "GET" || request.method === "HEAD";
  const file = assets.file(pathname, request);
  if (file && isRead) return file;
  if (!file && !isAppPath(pathname)) return problemResponse(notFound());
  if (!isRead) return problemResponse(methodNotAllowed(["GET", "HEAD"]));
  if (pathname !== "/" && !acceptsHtml(request.headers.get("Accept"))) {
    return problemResponse(notFound());
  }
  return assets.page(request) ?? problemResponse(noClient());
}

/** The refusal of a method, with those that are allowed. */
export function methodNotAllowed(allowed: string[]): Problem {
  return new Problem("method_not_allowed", `This path takes ${allowed.join(", ")}.`, {
    headers: { Allow: allowed.join(", ") },
  });
}

function notFound(): Problem {
  return new Problem("not_found", "There is nothing at this path. Check its spelling.");
}

function noClient(): Problem {
  return new Problem(
    "no_client",
    "This server runs, but without its web client. Build it with `deno task build`, or name a built one with --web-dir.",
  );
}

function wrongRoute(): Problem {
  return new Problem(
    "wrong_route",
    "The relay listens on a port of its own: the reverse proxy lacks the route that sends /relay to it.",
  );
}
