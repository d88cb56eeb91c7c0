import assert from "node:assert/strict";
import { createUsedTokens } from "../../../../../server/relay/management/used_tokens.ts";

Deno.test("a token counts once", () => {
  const used = createUsedTokens(2);
  assert.equal(used.use("a", { untilS: 10, nowS: 1 }), true);
  assert.equal(used.use("a", { untilS: 10, nowS: 10 }), false);
  assert.equal(used.use("b", { untilS: 10, nowS: 10 }), true);
});

Deno.test("a full memory takes nothing until what is past can be forgotten", () => {
  const used = createUsedTokens(2);
  used.use("a", { untilS: 10, nowS: 1 });
  used.use("b", { untilS: 20, nowS: 1 });
  assert.equal(used.use("c", { untilS: 30, nowS: 10 }), false);
  assert.equal(used.use("c", { untilS: 30, nowS: 11 }), true);
  assert.equal(used.use("b", { untilS: 20, nowS: 11 }), false);
});
