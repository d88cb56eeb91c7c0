import { isHandle, serverOrigin } from "../protocol/handle.ts";
import { acceptsHtml, parseQualities } from "./accept.ts";
import type { StaticAssets } from "./static_assets.ts";

export interface ProfilePageDeps {
  assets: StaticAssets;
  /** Public name of the server. */
  server: string;
  /** Who runs it, in their own words; null where they say nothing. */
  hostName: string | null;
  /** The handle as it is registered; null where nobody has it. */
  findHandle(handle: string): Promise<string | null>;
}

/**
 * The app's page at `/u/:handle`, with Open Graph tags for those who show links to people: they run no scripts. Of a handle
 * that nobody has, the page as it is. Null where the request asks for something else than a page.
 */
export async function answerProfilePage(
  request: Request,
  { handle: segment, deps }: { handle: string; deps: ProfilePageDeps },
): Promise<Response | null> {
  if (!asksForPage(request)) return null;
  const handle = segment.toLowerCase();
  const found = isHandle(handle) ? await deps.findHandle(handle) : null;
  return found === null
    ? deps.assets.page(request)
    : deps.assets.page(request, { head: openGraphTags(found, deps) });
}

/** Those who show links often ask for anything; who fetches data names it. */
function asksForPage(request: Request): boolean {
  const accept = request.headers.get("Accept");
  return accept === null || acceptsHtml(accept) || parseQualities(accept).has("*/*");
}

/** The tags, each on a line. (https://ogp.me) */
export function openGraphTags(
  handle: string,
  { server, hostName }: Pick<ProfilePageDeps, "server" | "hostName">,
): string {
  const origin = serverOrigin(server);
  const tags = [
    ["og:type", "profile"],
    ["og:title", `${handle} on ${server}`],
    ["og:description", `Write to ${handle}. Only the two of you can read it.`],
    ["og:url", `${origin}/u/${handle}`],
    ["og:site_name", hostName ?? "kez-chat"],
    ["og:image", `${origin}/icon-512.png`],
    ["og:image:alt", "kez-chat"],
    ["profile:username", handle],
    ["twitter:card", "summary"],
  ];
  const lines = tags.map(([property, content]) =>
    `<meta property="${property}" content="${escapeAttribute(content!)}" />`
  );
  return lines.join("\n");
}

function escapeAttribute(text: string): string {
  const entities: Record<string, string> = {
    "&": "&amp;",
    '"': "&quot;",
    "<": "&lt;",
    ">": "&gt;",
  };
  return text.replace(/[&"<>]/g, (character) => entities[character]!);
}
