import assert from "node:assert/strict";
import { Problem } from "../../../server/problems.ts";
import type { RateDecision } from "../../../server/rate_limit.ts";
import { takeToken } from "../../../server/take_token.ts";

const RULE = { name: "things", capacity: 1, refillPerS: 1 };

function take(decision: Pick<RateDecision, "allowed" | "retryAfterS">): void {
  const limiter = { take: () => ({ limit: 1, remaining: 0, ...decision }) };
  takeToken(limiter, { rule: RULE, key: "somebody", tooMany: "Too many things." });
}

Deno.test("who comes too often is told when to come again, in words and for programs", () => {
  take({ allowed: true, retryAfterS: 0 });
  for (
    const [retryAfterS, wait] of [
      [1, "1 second"],
      [99, "99 seconds"],
      [100, "2 minutes"],
    ] as const
  ) {
    assert.throws(() => take({ allowed: false, retryAfterS }), (error) => {
      assert.ok(error instanceof Problem);
      assert.equal(error.code, "rate_limited");
      assert.equal(error.message, `Too many things. Try again in ${wait}.`);
      assert.equal(error.headers["Retry-After"], String(retryAfterS));
      return true;
    });
  }
});
