import assert from "node:assert/strict";
import { editDistance, nearestName } from "../../../server/config_nearest_name.ts";
import { OPTION_NAMES } from "../../../server/config_options.ts";

Deno.test("the distance counts insertions, deletions, replacements and swaps", () => {
  const cases: Array<[string, string, number]> = [
    ["", "", 0],
    ["", "abc", 3],
    ["bind", "bind", 0],
    ["bnd", "bind", 1],
    ["binds", "bind", 1],
    ["bund", "bind", 1],
    ["bnid", "bind", 1],
    ["kitten", "sitting", 3],
  ];
  for (const [a, b, distance] of cases) {
    assert.equal(editDistance(a, b), distance, `${a} → ${b}`);
    assert.equal(editDistance(b, a), distance, `${b} → ${a}`);
  }
});

Deno.test("any setting with one letter missing, doubled or swapped is found again", () => {
  for (const name of OPTION_NAMES.filter((name) => name.length > 3)) {
    for (let i = 1; i < name.length; i++) {
      const slips = [
        name.slice(0, i) + name.slice(i + 1),
        name.slice(0, i) + name[i] + name.slice(i),
        name.slice(0, i - 1) + name[i] + name[i - 1] + name.slice(i + 1),
      ];
      for (const slip of slips) assert.equal(nearestName(slip, OPTION_NAMES), name, slip);
    }
  }
});

Deno.test("what is far from every name, or too long to be one, has no nearest", () => {
  assert.equal(nearestName("zzzzzz", OPTION_NAMES), null);
  assert.equal(nearestName("", OPTION_NAMES), null);
  assert.equal(nearestName("bind".repeat(10_000), OPTION_NAMES), null);
  assert.equal(nearestName("BIND", OPTION_NAMES), "bind");
});
