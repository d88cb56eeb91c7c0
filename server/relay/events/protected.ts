import { KIND, type NostrEvent } from "../../../protocol/nostr_event.ts";

/** True for an event that only its author may publish: it has a tag `["-"]`. (NIP-70) */
export function isProtected({ tags }: Pick<NostrEvent, "tags">): boolean {
  return tags.some((tag) => tag[0] === "-");
}

/** The tag's name as JSON may write it: who has none in the content needs not be parsed. */
const PROTECTED_IN_JSON = /"(?:-|\\u002d)"/i;

/** True for a repost with a protected event in its content, which would publish it for somebody else. (NIP-70) */
export function repostsProtected({ kind, content }: Pick<NostrEvent, "kind" | "content">): boolean {
  if (kind !== KIND.repost && kind !== KIND.genericRepost) return false;
  if (!PROTECTED_IN_JSON.test(content)) return false;
  let reposted: unknown;
  try {
    reposted = JSON.parse(content);
  } catch {
    // Not an event: a repost may have no content, or words.
    return false;
  }
  const tags = typeof reposted === "object" && reposted !== null
    ? (reposted as { tags?: unknown }).tags
    : null;
  return Array.isArray(tags) && tags.some((tag) => Array.isArray(tag) && tag[0] === "-");
}
