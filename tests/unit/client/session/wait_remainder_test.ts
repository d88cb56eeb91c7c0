import assert from "node:assert/strict";
import { remainderOf } from "../../../../client/session/wait_remainder.ts";
import { errorText } from "../../../../client/text/error_text.ts";
import { UserError } from "../../../../client/user_error.ts";

function wordsAfter(error: unknown, elapsedMs: number): string | null {
  const left = remainderOf(error, elapsedMs);
  return left === null ? null : errorText(left);
}

Deno.test("a wait counts down, and is over when it is over", () => {
  const error = new UserError("rate_limited", { detail: "5" });
  const words = [0, 999, 1_000, 4_001, 5_000].map((ms) => wordsAfter(error, ms));
  assert.deepEqual(words, [
    "Too many tries. Try again in 5 seconds.",
    "Too many tries. Try again in 5 seconds.",
    "Too many tries. Try again in 4 seconds.",
    "Too many tries. Try again in a second.",
    null,
  ]);
});

Deno.test("so does the wait after a wrong passphrase", () => {
  const error = new UserError("wrong_passphrase", { detail: "120" });
  assert.match(wordsAfter(error, 0)!, /not the passphrase.*in 2 minutes/);
  assert.match(wordsAfter(error, 60_000)!, /not the passphrase.*in 60 seconds/);
  assert.equal(wordsAfter(error, 120_000), null);
});

Deno.test("what tells of no wait stays as it is", () => {
  for (
    const error of [new UserError("rate_limited"), new UserError("no_network"), new Error("x")]
  ) {
    assert.equal(remainderOf(error, 60_000), error);
  }
});
