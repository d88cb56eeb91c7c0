import assert from "node:assert/strict";
import { clockTime, dayName, dayOf, listTime } from "../../../../client/components/when.ts";

/** Local time. Wednesday, 25 November 2026, 15:00. */
const NOW_MS = new Date(2026, 10, 25, 15, 0).getTime();
const at = (...[month, day, hour, minute, year = 2026]: number[]) =>
  new Date(year!, month! - 1, day, hour, minute).getTime();

Deno.test("the time of a message is hours and minutes of the day", () => {
  assert.equal(clockTime(at(11, 25, 9, 5)), "09:05");
  assert.equal(clockTime(at(11, 25, 0, 0)), "00:00");
});

Deno.test("a line in the list says when, the shorter the nearer", () => {
  const cases: [number, string][] = [
    [at(11, 25, 14, 3), "14:03"],
    [at(11, 25, 0, 0), "00:00"],
    [at(11, 25, 18, 0), "18:00"],
    [at(11, 24, 23, 59), "Yesterday"],
    [at(11, 23, 12, 0), "Monday"],
    [at(11, 19, 12, 0), "Thursday"],
    [at(11, 18, 12, 0), "18 Nov"],
    [at(1, 2, 12, 0), "2 Jan"],
    [at(12, 31, 12, 0, 2025), "31/12/2025"],
  ];
  for (const [atMs, said] of cases) assert.equal(listTime(atMs, NOW_MS), said);
});

Deno.test("a day divider names the day", () => {
  const cases: [number, string][] = [
    [at(11, 25, 0, 1), "Today"],
    [at(11, 24, 0, 1), "Yesterday"],
    [at(11, 22, 8, 0), "Sunday"],
    [at(11, 18, 8, 0), "18 November 2026"],
    [at(5, 3, 8, 0, 2024), "3 May 2024"],
  ];
  for (const [atMs, said] of cases) assert.equal(dayName(atMs, NOW_MS), said);
});

Deno.test("a day has one midnight", () => {
  assert.equal(dayOf(at(11, 25, 0, 0)), dayOf(at(11, 25, 23, 59)));
  assert.notEqual(dayOf(at(11, 25, 0, 0)), dayOf(at(11, 24, 23, 59)));
});
