import { type ClaimService, parseSubject } from "../../protocol/claim.ts";

/**
 * An account as claims spell it, out of what somebody typed or pasted: also its page's address, and with or without the
 * `@` that people put before names. Null where it is none.
 */
export function readAccount(service: ClaimService, text: string): string | null {
  const typed = text.trim();
  const url = /^https?:\/\//i.test(typed) ? URL.parse(typed) : null;
  const inUrl = url && accountInUrl(service, url);
  if (inUrl) return parseSubject(service, inUrl);
  return parseSubject(service, asWritten(service, typed));
}

/** The account whose page a URL is; null where it is another one. */
function accountInUrl(service: ClaimService, { hostname, host, pathname, searchParams }: URL) {
  const [first = "", second = ""] = pathname.split("/").filter((segment) => segment !== "");
  const site = hostname.replace(/^www\./, "");
  switch (service) {
    case "dns":
    case "web":
      return hostname;
    case "github":
      return site === "github.com" ? first : null;
    case "mastodon":
      return first.startsWith("@") ? `${first}@${hostname}` : null;
    case "bluesky":
      return site === "bsky.app" && first === "profile" ? second : null;
    case "hackernews":
      return site === "news.ycombinator.com" ? searchParams.get("id") : null;
    case "kez":
      return first === "u" ? `${second}@${host}` : null;
    case "nostr":
      return null;
  }
}

function asWritten(service: ClaimService, text: string): string {
  switch (service) {
    case "mastodon":
      return text.startsWith("@") ? text : `@${text}`;
    case "nostr":
      return text.replace(/^nostr:/i, "");
    case "dns":
    case "web":
      return text.replace(/[./]+$/, "");
    default:
      return text.replace(/^@/, "");
  }
}
