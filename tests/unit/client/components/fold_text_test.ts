import assert from "node:assert/strict";
import { foldText } from "../../../../client/components/message/fold_text.ts";
import { isOneEmoji } from "../../../../client/components/only_emoji.ts";

Deno.test("short texts are not folded, long ones end between words", () => {
  assert.equal(foldText("short"), null);
  assert.equal(foldText("x".repeat(1_600)), null);
  const folded = foldText("harbour ".repeat(400))!;
  assert.ok(folded.length <= 1_001);
  assert.ok(folded.endsWith("harbour…"));
});

Deno.test("many lines are folded, and nothing is cut within a character", () => {
  assert.equal(foldText("a\n".repeat(50)), `${"a\n".repeat(20).trimEnd()}…`);
  assert.ok(foldText(`a${"😀".repeat(2_000)}`)!.isWellFormed());
});

Deno.test("a reaction is exactly one emoji", () => {
  for (const emoji of ["👍", "❤️", "👩‍👩‍👧‍👦", "🇩🇪"]) assert.ok(isOneEmoji(emoji), emoji);
  for (const text of ["", "a", "👍👍", " 👍", "👍!"]) assert.ok(!isOneEmoji(text), text);
});
