import assert from "node:assert/strict";
import { isOnlyEmoji } from "../../../../client/components/only_emoji.ts";
import { splitLinks } from "../../../../client/components/split_links.ts";

Deno.test("one to three emoji alone are shown large", () => {
  const large = ["👍", " 👍 ", "🎣🌊⚓", "👩‍👩‍👧‍👦", "🇳🇴", "❤️", "1️⃣", "👋🏽", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"];
  for (const text of large) assert.equal(isOnlyEmoji(text), true, text);
});

Deno.test("anything else is a message with words", () => {
  const small = [
    "",
    " ",
    "👍👍👍👍",
    "ok 👍",
    "1",
    "123",
    "*",
    "a",
    "❤",
    "©",
    "–",
    "👍".repeat(500),
  ];
  for (const text of small) assert.equal(isOnlyEmoji(text), false, text);
});

Deno.test("web addresses in a text become links, without the dot of the sentence", () => {
  const cases: [string, string[]][] = [
    ["see https://example.org.", ["https://example.org/"]],
    ["(https://example.org/a)", ["https://example.org/a"]],
    ["https://en.wikipedia.org/wiki/Oslo_(town)", ["https://en.wikipedia.org/wiki/Oslo_(town)"]],
    ["HTTP://EXAMPLE.ORG/x, and https://b.example/?q=1&r=2#h!", [
      "http://example.org/x",
      "https://b.example/?q=1&r=2#h",
    ]],
    ["<https://example.org/x>", ["https://example.org/x"]],
    ["no link: example.org, javascript:alert(1), data:text/html,x, xhttps://a.b", []],
    ["https://", []],
  ];
  for (const [text, urls] of cases) {
    const found = splitLinks(text).flatMap(({ url }) => url ?? []);
    assert.deepEqual(found, urls, text);
  }
});

Deno.test("the parts of a text are the text, whatever it is", () => {
  const texts = ["", "plain", "https://a.example", "a https://b.example) c\nhttps://", "<script>"];
  for (const text of texts) assert.equal(splitLinks(text).map((part) => part.text).join(""), text);
});

Deno.test("the longest message of dots is searched for addresses at once", () => {
  const startMs = performance.now();
  const text = `https://a${".".repeat(31_000)}b ${"https://a".padEnd(31_000, "!")}`;
  assert.equal(splitLinks(text).map((part) => part.text).join(""), text);
  const tookMs = performance.now() - startMs;
  assert.ok(tookMs < 300, `${tookMs} ms`);
});

Deno.test("no address turns the direction of what is read", () => {
  const [link, rest] = splitLinks("https://evil.example/\u202emoc.knab");
  assert.equal(link?.text, "https://evil.example/");
  assert.deepEqual(rest, { text: "\u202emoc.knab", url: null });
});
