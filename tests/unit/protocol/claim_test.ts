import assert from "node:assert/strict";
import {
  CLAIM_SERVICES,
  type ClaimService,
  claimToken,
  gistIdOf,
  holdsToken,
  isClaimService,
  parseSubject,
  serviceRule,
} from "../../../protocol/claim.ts";

const primary = `ed25519:${"0a".repeat(32)}`;
const token = `kez:${primary}`;

Deno.test("the services are those of the specification, with who fetches their proofs", () => {
  assert.deepEqual(Object.fromEntries(CLAIM_SERVICES.map((s) => [s, serviceRule(s).fetchedBy])), {
    dns: "server",
    web: "server",
    github: "client_else_server",
    mastodon: "client_else_server",
    bluesky: "client",
    nostr: "client",
    hackernews: "client",
    kez: "client",
  });
  assert.deepEqual(CLAIM_SERVICES.filter((s) => serviceRule(s).hasProofUrl), ["github"]);
  for (const name of ["constructor", "toString", "", "twitter"]) assert.ok(!isClaimService(name));
});

Deno.test("the token is found where nothing of a word touches it", () => {
  assert.equal(claimToken(primary), token);
  for (const text of [token, `I am ${token}.`, `"${token}"`, `\n${token}\r\n`, `ü${token}-`]) {
    assert.ok(holdsToken(text, primary), text);
  }
  assert.ok(holdsToken(`x${token} ${token}`, primary));
});

Deno.test("the token is not found where it is part of something else, or another's", () => {
  const other = `ed25519:${"0b".repeat(32)}`;
  for (
    const text of [
      "",
      `x${token}`,
      `_${token}`,
      `${token}0`,
      `${token}_`,
      `${token}g`,
      token.slice(0, -1),
      token.toUpperCase(),
      primary,
      claimToken(other),
      token.replace("kez:", "kez: "),
      `${token}${token}`,
    ]
  ) assert.ok(!holdsToken(text, primary), text);
});

const SUBJECTS: [ClaimService, text: string, subject: string | null][] = [
  ["dns", " Example.COM ", "example.com"],
  ["dns", "xn--bcher-kva.example", "xn--bcher-kva.example"],
  ["dns", "localhost", null],
  ["dns", "example.com.", null],
  ["dns", "127.0.0.1", null],
  ["dns", "0x7f.1", null],
  ["dns", "a.0x7f", null],
  ["dns", "2130706433", null],
  ["dns", "[::1]", null],
  ["dns", "example.com:443", null],
  ["dns", "bücher.example", null],
  ["dns", "a..example", null],
  ["dns", "-a.example", null],
  ["dns", "a_b.example", null],
  ["dns", `${"a".repeat(64)}.example`, null],
  ["web", "user@example.com", null],
  ["web", "example.com/path", null],
  ["web", "example.com?x", null],
  ["web", "example.com#x", null],
  ["web", "example.com\\x", null],
  ["web", "exam%70le.com", null],
  ["github", "Octo-Cat", "octo-cat"],
  ["github", "octo--cat", null],
  ["github", "-octo", null],
  ["github", "a/b", null],
  ["github", "a".repeat(40), null],
  ["mastodon", "@Gargron@Mastodon.Social", "@gargron@mastodon.social"],
  ["mastodon", "gargron@mastodon.social", null],
  ["mastodon", "@a@b@c.example", null],
  ["mastodon", "@a@10.0.0.1", null],
  ["bluesky", "Jay.bsky.team", "jay.bsky.team"],
  [
    "nostr",
    "npub1zutzeysacnf9rru6zqwmxd54mud0k44tst6l70ja5mhv8jjumytsd2x7nu",
    "npub1zutzeysacnf9rru6zqwmxd54mud0k44tst6l70ja5mhv8jjumytsd2x7nu",
  ],
  ["nostr", "npub1zutzeysacnf9rru6zqwmxd54mud0k44tst6l70ja5mhv8jjumytsd2x7nx", null],
  ["hackernews", "pg", "pg"],
  ["hackernews", "p g", null],
  ["kez", "Alice@kez.lat", "alice@kez.lat"],
  ["kez", "alice", null],
  ["kez", "a@b@c", null],
];

for (const [service, text, subject] of SUBJECTS) {
  Deno.test(`${JSON.stringify(text)} is ${subject ?? "no account"} of ${service}`, () => {
    assert.equal(parseSubject(service, text), subject);
  });
}

Deno.test("a gist's page names its user and its id", () => {
  const id = "aa5a315d61ae9438b18d";
  assert.equal(gistIdOf(`https://gist.github.com/Octo-Cat/${id}`, "octo-cat"), id);
  for (
    const url of [
      `https://gist.github.com/eve/${id}`,
      `http://gist.github.com/octo-cat/${id}`,
      `https://gist.github.com.evil.example/octo-cat/${id}`,
      `https://gist.github.com@evil.example/octo-cat/${id}`,
      `https://gist.github.com:444/octo-cat/${id}`,
      `https://gist.github.com/octo-cat/../${id}`,
      `https://gist.github.com/octo-cat/${id}?x`,
      `https://gist.github.com/octo-cat/${id}/raw`,
      "",
    ]
  ) assert.equal(gistIdOf(url, "octo-cat"), null, url);
});
