import { isClaimService, parseSubject } from "../../protocol/claim.ts";
import { serverOrigin } from "../../protocol/handle.ts";

/** Where people see the account of a claim; null where there is no such place, or the account is none. */
export function accountUrl(claim: { service: string; subject: string }): string | null {
  const { service } = claim;
  const subject = isClaimService(service) ? parseSubject(service, claim.subject) : null;
  if (!isClaimService(service) || subject === null) return null;
  const [, user = "", host = ""] = subject.split("@");
  switch (service) {
    case "dns":
    case "web":
      return `https://${subject}/`;
    case "github":
      return `https://github.com/${subject}`;
    case "mastodon":
      return `https://${host}/@${user}`;
    case "bluesky":
      return `https://bsky.app/profile/${subject}`;
    case "hackernews":
      return `https://news.ycombinator.com/user?id=${subject}`;
    case "kez":
      return `${serverOrigin(user)}/u/${subject.split("@")[0]}`;
    case "nostr":
      return null;
  }
}
