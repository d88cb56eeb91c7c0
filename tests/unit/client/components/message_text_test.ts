import assert from "node:assert/strict";
import { cpuUsage } from "node:process";
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
  const before = cpuUsage();
  const text = `https://a${".".repeat(31_000)}b ${"https://a".padEnd(31_000, "!")}`;
  assert.equal(splitLinks(text).map((part) => part.text).join(""), text);
  const tookMs = cpuUsage(before).user / 1_000;
  assert.ok(tookMs < 300, `${tookMs} ms`);
});

Deno.test("no address turns the direction of what is read", () => {
  const [link, rest] = splitLinks("https://evil.example/\u202emoc.knab");
  assert.equal(link?.text, "https://evil.example/");
  assert.deepEqual(rest, { text: "\u202emoc.knab", url: null });
});

Deno.test("an address that looks like another one is no link", () => {
  const sneaky = [
    "https://bank.example@evil.example/",
    "https://bank.example:secret@evil.example/",
    "https://bank.example\u2215login@evil.example/",
    "https://bank.example\u2044login.evil.example/",
    "https://bank.ex\u00adample/",
    "https://b\u0430nk.example/",
    "https://\u0430\u0440\u0440\u04cf\u0435.com/",
    "https:///evil.example/",
  ];
  for (const text of sneaky) assert.deepEqual(splitLinks(text), [{ text, url: null }], text);
  const plain = [
    "https://m\u00fcller.de/",
    "https://\u65e5\u672c\u8a9e.jp/",
    "https://\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444/",
    "https://a_b.example:8443/c@d",
    "http://[2001:db8::1]:80/",
  ];
  for (const text of plain) {
    assert.deepEqual(splitLinks(text).map(({ url }) => url !== null), [true], text);
  }
});
