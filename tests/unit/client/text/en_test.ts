import assert from "node:assert/strict";
import { en } from "../../../../client/text/en.ts";
import { ft } from "../../../../client/text/file_text.ts";
import { is } from "../../../../client/text/insecure_text.ts";
import { it } from "../../../../client/text/invite_text.ts";
import { nt } from "../../../../client/text/notifications_text.ts";
import { ct } from "../../../../client/text/claims_text.ts";
import { pt } from "../../../../client/text/profile_text.ts";
import { sf } from "../../../../client/text/safety_text.ts";
import { st } from "../../../../client/text/settings_text.ts";

/** Every text with its path; functions are called with stand-ins. */
function* texts(value: unknown, path: string): Generator<[string, string]> {
  if (typeof value === "string") yield [path, value];
  else if (typeof value === "function") yield [path, String(value("Bo", "Bo"))];
  else {
    for (const [key, inner] of Object.entries(value as Record<string, unknown>)) {
      yield* texts(inner, `${path}.${key}`);
    }
  }
}

const ALL = [
  ...texts(en, "en"),
  ...texts(ct, "en"),
  ...texts(pt, "en.ownProfile"),
  ...texts(ft, "en.files"),
  ...texts(is, "en.insecure"),
  ...texts(it, "en.invites"),
  ...texts(nt, "en.notifications"),
  ...texts(sf, "en"),
  ...texts(st, "en"),
];

/** Where people want to read of the machinery: what is advanced, folded, or the name of what they add. */
const TECHNICAL = /^en\.(advanced|identity\.keys|dashboard\.connection|claims\.services\.nostr)\./;

Deno.test("no text is empty, shouts, or has stray spaces", () => {
  assert.ok(ALL.length > 150);
  for (const [path, text] of ALL) {
    assert.notEqual(text, "", path);
    assert.doesNotMatch(text, /!|oops|^\s|\s$| {2}/i, path);
  }
});

Deno.test("no text speaks of the machinery, except where somebody asks for it", () => {
  for (const [path, text] of ALL) {
    if (TECHNICAL.test(path)) continue;
    assert.doesNotMatch(text, /\b(relay|npub|nostr|primary|addr|public key|argon2?)\b/i, path);
  }
});

Deno.test("plain words, no empty promises", () => {
  for (const [path, text] of ALL) {
    assert.doesNotMatch(
      text,
      /\b(please|successfully|seamless|simply|leverage|utili[sz]e)\b/i,
      path,
    );
  }
});

Deno.test("names are spelled as people type, search and copy them: with plain hyphens", () => {
  for (const [path, text] of ALL) assert.doesNotMatch(text, /[\u2010\u2011\u2060]/, path);
});
