import assert from "node:assert/strict";
import { acceptsHtml, chooseEncoding, parseQualities } from "../../../server/accept.ts";

Deno.test("quality values are read as they are meant, and broken ones refuse", () => {
  assert.deepEqual(
    [...parseQualities("gzip, br;q=0.5 , *;q=0,deflate;q=2, x;level=1;q=0.1, ,y;q=z")],
    [["gzip", 1], ["br", 0.5], ["*", 0], ["deflate", 0], ["x", 0.1], ["y", 0]],
  );
});

for (
  const [header, available, coding] of [
    [null, ["br", "gzip"], "identity"],
    ["", ["br", "gzip"], "identity"],
    ["gzip, br", ["br", "gzip"], "br"],
    ["gzip, br", ["gzip"], "gzip"],
    ["gzip, br", [], "identity"],
    ["gzip;q=1, br;q=0.9", ["br", "gzip"], "gzip"],
    ["identity, br", ["br"], "br"],
    ["identity;q=1, br;q=0.9", ["br"], "identity"],
    ["*;q=0", ["br", "gzip"], "identity"],
    ["*;q=0.1, br;q=0", ["br", "gzip"], "gzip"],
  ] as const
) {
  Deno.test(`of ${available.join(", ") || "nothing"}, "${header}" gets ${coding}`, () => {
    assert.equal(chooseEncoding(header, available), coding);
  });
}

Deno.test("only who names HTML goes to a page", () => {
  assert.ok(acceptsHtml("text/html"));
  assert.ok(acceptsHtml("application/xml;q=0.9, Text/HTML;q=0.1"));
  for (const accept of [null, "", "*/*", "text/*", "application/json", "text/html;q=0"]) {
    assert.equal(acceptsHtml(accept), false, String(accept));
  }
});
