import assert from "node:assert/strict";
import { mergeStreams, type Stream } from "../../../../../server/relay/query/merge.ts";
import { createRandom } from "../../../../support/random.ts";

function* streamOf(items: readonly (number | null)[]): Stream<number> {
  yield* items;
}

const merged = (
  ...lists: (number | null)[][]
) => [...mergeStreams(lists.map(streamOf), (a, b) => a - b)];
const items = (list: (number | null)[]) => list.filter((item) => item !== null);

Deno.test("ordered streams become one ordered stream, what is in several comes once", () => {
  assert.deepEqual(merged([1, 3, 5], [2, 3, 9], [], [3]), [1, 2, 3, 5, 9]);
  assert.deepEqual(merged(), []);
  assert.deepEqual(merged([], []), []);
});

Deno.test("every null is handed on, so that the caller can pause there", () => {
  const out = merged([null, 1, null, null, 4], [2, null], [null]);
  assert.deepEqual(items(out), [1, 2, 4]);
  assert.equal(out.length - items(out).length, 5);
});

Deno.test("nothing is read ahead further than one item of each stream", () => {
  let reads = 0;
  function* counted(): Stream<number> {
    for (let i = 0; i < 100; i++) {
      reads += 1;
      yield i;
    }
  }
  const stream = mergeStreams([counted()], (a, b) => a - b);
  for (let i = 0; i < 3; i++) stream.next();
  assert.ok(reads <= 3);
});

Deno.test("random streams: the same as sorting all of them", () => {
  const random = createRandom(7);
  for (let round = 0; round < 300; round++) {
    const lists = Array.from(
      { length: random.int(40) },
      () => Array.from({ length: random.int(20) }, () => random.int(200)).sort((a, b) => a - b),
    );
    const expected = [...new Set(lists.flat())].sort((a, b) => a - b);
    assert.deepEqual(merged(...lists), expected);
  }
});
