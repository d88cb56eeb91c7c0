import assert from "node:assert/strict";
import { untilAborted } from "../../../server/until_aborted.ts";

function begin() {
  const ending = new AbortController();
  const result = Promise.withResolvers<string>();
  const late: string[] = [];
  const { signal } = ending;
  const waiting = untilAborted(result.promise, { signal, onLate: (one) => late.push(one) });
  return { ending, result, late, waiting };
}

Deno.test("what comes before the end is the result, and a later end changes nothing", async () => {
  const { ending, result, late, waiting } = begin();
  result.resolve("here");
  assert.equal(await waiting, "here");
  ending.abort();
  assert.deepEqual(late, []);
});

Deno.test("the end is not waited for, and what comes after it is handed over to be closed", async () => {
  const { ending, result, late, waiting } = begin();
  ending.abort(new Error("too late"));
  await assert.rejects(waiting, /too late/);
  result.resolve("here");
  await result.promise;
  assert.deepEqual(late, ["here"]);
});

Deno.test("what fails, fails; after the end nobody hears of it", async () => {
  const first = begin();
  first.result.reject(new Error("broken"));
  await assert.rejects(first.waiting, /broken/);
  const second = begin();
  second.ending.abort(new Error("too late"));
  second.result.reject(new Error("broken"));
  await assert.rejects(second.waiting, /too late/);
});
