import assert from "node:assert/strict";
import { createBudget } from "../../../../server/relay/budget.ts";

Deno.test("a budget is held to a share for each client and to a total, and given back", () => {
  const budget = createBudget({ max: 10, maxPerClient: 6 });
  assert.equal(budget.take("a", 6), true);
  assert.equal(budget.take("a", 1), false);
  assert.equal(budget.hasRoom("b", 4), true);
  assert.equal(budget.hasRoom("b", 5), false);
  assert.equal(budget.take("b", 4), true);
  assert.equal(budget.take("c", 1), false);
  budget.give("a", 6);
  assert.equal(budget.take("c", 6), true);
  assert.equal(budget.hasRoom("a", 0), true);
  budget.give("b", 4);
  budget.give("c", 6);
  assert.equal(budget.hasRoom("a", 6), true);
});
