import assert from "node:assert/strict";
import { npubEncode } from "nostr-tools/nip19";
import type { ClaimService } from "../../../../protocol/claim.ts";
import { readAccount } from "../../../../client/claims/account_input.ts";

const NPUB = npubEncode("17162c921dc4d2518f9a101db33695df1afb56ab82f5ff3e5da6eec3ca5cd917");

const CASES: [service: ClaimService, text: string, account: string | null][] = [
  ["dns", " Example.com ", "example.com"],
  ["dns", "example.com.", "example.com"],
  ["web", "https://example.com/about?x#y", "example.com"],
  ["web", "example.com/", "example.com"],
  ["web", "https://127.0.0.1/", null],
  ["github", "@Octo-Cat", "octo-cat"],
  ["github", "https://github.com/Octo-Cat/repo", "octo-cat"],
  ["github", "https://evil.example/octo-cat", null],
  ["mastodon", "@ada@social.example", "@ada@social.example"],
  ["mastodon", "ada@social.example", "@ada@social.example"],
  ["mastodon", "https://social.example/@ada", "@ada@social.example"],
  ["mastodon", "https://social.example/about", null],
  ["bluesky", "@ada.bsky.social", "ada.bsky.social"],
  ["bluesky", "https://bsky.app/profile/ada.bsky.social", "ada.bsky.social"],
  ["hackernews", "https://news.ycombinator.com/user?id=Alice", "Alice"],
  ["hackernews", "pg", "pg"],
  ["nostr", `nostr:${NPUB}`, NPUB],
  ["nostr", "npub1nonsense", null],
  ["kez", "https://kez.example:8443/u/ada", "ada@kez.example:8443"],
  ["kez", "@ada@kez.example", "ada@kez.example"],
  ["kez", "ada", null],
  ["github", "", null],
  ["web", "https://", null],
];

for (const [service, text, account] of CASES) {
  Deno.test(`"${text}" is ${account ?? "no account"} of ${service}`, () => {
    assert.equal(readAccount(service, text), account);
  });
}
