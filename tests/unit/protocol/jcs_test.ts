import assert from "node:assert/strict";
import {
  decodeBase64url,
  decodeHex,
  decodeUtf8,
  encodeBase64url,
  isHex,
} from "../../../protocol/bytes.ts";
import { formatInstant, parseInstant } from "../../../protocol/instant.ts";
import { canonicalJson, MAX_JSON_DEPTH, parseJson } from "../../../protocol/jcs.ts";
import { hasCode } from "./support.ts";
import { randomBytes } from "../../support/random_bytes.ts";

const canonical: [unknown, string][] = [
  [{ b: 1, a: [true, null, "x"] }, '{"a":[true,null,"x"],"b":1}'],
  [
    { "\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\ud83d\ude00": 5, "\u0080": 6, "\u00f6": 7 }, // RFC 8785 §3.2.3
    '{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}',
  ],
  ['\u000f\n"\\/€', '"\\u000f\\n\\"\\\\/€"'],
  [Number.MAX_SAFE_INTEGER, "9007199254740991"],
  [-0, "0"],
  [[], "[]"],
];
canonical.forEach(([value, text]) => {
  Deno.test(`canonical JSON of ${JSON.stringify(value)} is the RFC's`, () => {
    assert.equal(canonicalJson(value), text);
  });
});

const refused: [string, unknown][] = [
  ["a lone surrogate in a value", "\ud800"],
  ["a lone surrogate in a name", { "\udc00": 1 }],
  ["a fraction", { a: 1.5 }],
  ["a number past 2^53−1", [2 ** 53]],
  ["infinity", Infinity],
  ["undefined", undefined],
];
for (const [what, value] of refused) {
  Deno.test(`canonical JSON refuses ${what}`, () => {
    assert.throws(() => canonicalJson(value), hasCode("malformed"));
  });
}

Deno.test("nesting is bounded: the limit passes, one more and ten thousand are malformed", () => {
  const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
  assert.ok(parseJson(nested(MAX_JSON_DEPTH)));
  for (const depth of [MAX_JSON_DEPTH + 2, 10_000, 200_000]) {
    assert.throws(() => parseJson(nested(depth)), hasCode("malformed"));
  }
});

Deno.test("canonical JSON of random values parses back to the same value and is a fixed point", () => {
  for (let round = 0; round < 300; round++) {
    const value = randomJson(4);
    const text = canonicalJson(value);
    assert.deepEqual(parseJson(text), value);
    assert.equal(canonicalJson(parseJson(text)), text);
  }
});

function randomJson(depth: number): unknown {
  const pick = Math.floor(Math.random() * (depth > 0 ? 6 : 4));
  if (pick === 0) return Math.floor((Math.random() - 0.5) * 2 ** 53);
  if (pick === 1) return String.fromCodePoint(...randomBytes(5)) + "é😀\u202e";
  if (pick === 2) return Math.random() < 0.5;
  if (pick === 3) return null;
  const items = Array.from({ length: 3 }, () => randomJson(depth - 1));
  return pick === 4
    ? items
    : Object.fromEntries(items.map((item) => [encodeBase64url(randomBytes(4)), item]));
}

const instants: [string, number | null][] = [
  ["2026-05-25T03:00:00Z", 1_779_678_000_000],
  ["2026-05-25T03:00:00.5Z", 1_779_678_000_500],
  ["2024-02-29T23:59:59.999999Z", 1_709_251_199_999],
  ["2026-02-29T00:00:00Z", null],
  ["2026-05-25T24:00:00Z", null],
  ["2026-05-25T03:00:60Z", null],
  ["2026-05-25T03:00:00+00:00", null],
  ["2026-05-25 03:00:00Z", null],
  ["2026-05-25T03:00:00z", null],
  ["2026-13-01T00:00:00Z", null],
  ["2026-05-25T03:00:00.Z", null],
  ["+002026-05-25T03:00:00Z", null],
  ["", null],
];
for (const [text, ms] of instants) {
  Deno.test(`the time '${text}' is ${ms === null ? "refused" : "read"}`, () => {
    assert.equal(parseInstant(text), ms);
  });
}

Deno.test("a formatted time reads back as itself", () => {
  for (const ms of [0, 1_779_678_000_000, 1_779_678_000_001]) {
    assert.equal(parseInstant(formatInstant(ms)), ms);
  }
  assert.equal(formatInstant(1_779_678_000_000), "2026-05-25T03:00:00Z");
});

Deno.test("base64url and hex read back what was written, and refuse other alphabets", () => {
  for (let length = 0; length < 70; length++) {
    const bytes = randomBytes(length);
    assert.deepEqual(decodeBase64url(encodeBase64url(bytes)), bytes);
  }
  for (const text of ["A", "AA=", "AA==", "A+AA", "A/AA", "A A", "AB", "é"]) {
    assert.equal(decodeBase64url(text), null);
  }
  for (const text of ["0", "0G", "AB", " 00"]) assert.equal(decodeHex(text), null);
  assert.deepEqual(decodeHex("00ff"), new Uint8Array([0, 255]));
  assert.ok(isHex("ab", 1) && !isHex("ab", 2) && !isHex("AB", 1));
});

Deno.test("broken UTF-8 is refused, and a byte order mark is kept", () => {
  assert.equal(decodeUtf8(new Uint8Array([0xff])), null);
  assert.equal(decodeUtf8(new Uint8Array([0xef, 0xbb, 0xbf, 0x61])), "\ufeffa");
});
