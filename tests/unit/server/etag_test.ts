import assert from "node:assert/strict";
import { etagOf, matchesEtag } from "../../../server/etag.ts";

Deno.test("an ETag depends on the content and its variant", () => {
  assert.match(etagOf("a"), /^"[\w-]{22}"$/);
  assert.equal(etagOf("a"), etagOf(new TextEncoder().encode("a")));
  assert.equal(
    new Set([etagOf("a"), etagOf("b"), etagOf("a", "-br"), etagOf("a", "-gzip")]).size,
    4,
  );
});

for (
  const [header, matches] of [
    [null, false],
    ["", false],
    ['"a"', true],
    ['W/"a"', true],
    ['"b", W/"a"', true],
    ['"b"', false],
    ["a", false],
    ['"a" "b"', false],
    [" * ", true],
  ] as const
) {
  Deno.test(`If-None-Match ${header} ${matches ? "names" : "does not name"} "a"`, () => {
    assert.equal(matchesEtag(header, '"a"'), matches);
  });
}
