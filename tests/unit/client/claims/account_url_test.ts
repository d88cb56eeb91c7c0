import assert from "node:assert/strict";
import { accountUrl } from "../../../../client/claims/account_url.ts";

const CASES: [service: string, subject: string, url: string | null][] = [
  ["dns", "example.com", "https://example.com/"],
  ["web", "example.com", "https://example.com/"],
  ["github", "octo-cat", "https://github.com/octo-cat"],
  ["mastodon", "@ada@social.example", "https://social.example/@ada"],
  ["bluesky", "ada.bsky.social", "https://bsky.app/profile/ada.bsky.social"],
  ["hackernews", "pg", "https://news.ycombinator.com/user?id=pg"],
  ["kez", "ada@kez.example", "https://kez.example/u/ada"],
  ["nostr", "npub1x", null],
  ["github", "octo-cat/../../evil", null],
  ["web", "javascript:alert(1)", null],
  ["web", "user:pass@example.com", null],
  ["myspace", "tom", null],
  ["constructor", "tom", null],
];

for (const [service, subject, url] of CASES) {
  Deno.test(`the account ${subject} of ${service} is seen at ${url}`, () => {
    assert.equal(accountUrl({ service, subject }), url);
  });
}
