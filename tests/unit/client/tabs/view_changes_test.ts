/** `FUZZ_ROUNDS` (200) is how many views there are, `FUZZ_SEED` (1) the first one's seed. */
import assert from "node:assert/strict";
import { changesBetween, withChanges } from "../../../../client/tabs/view_changes.ts";
import { createRandom, fuzzSeeds, type Random } from "../../../support/random.ts";

function randomList(random: Random, pool: object[]): object[] {
  return Array.from({ length: random.int(8) }, () => random.pick(pool));
}

/** A list after some of what happens to lists. */
function changedList(random: Random, { list, pool }: { list: object[]; pool: object[] }) {
  const at = random.int(list.length + 1);
  const removed = random.int(3);
  return list.toSpliced(at, removed, ...randomList(random, pool).slice(0, random.int(3)));
}

Deno.test("changes make of the one state the other, in another tab too, and send only what differs", () => {
  for (const seed of fuzzSeeds(200)) {
    const random = createRandom(seed);
    const pool = Array.from({ length: 6 }, (_, nth) => ({ nth }));
    let state: Record<string, unknown> = {
      list: randomList(random, pool),
      count: random.int(3),
      view: random.pick(pool),
    };
    let mirrored = structuredClone(state);
    for (let step = 0; step < 10; step++) {
      const next = {
        list: random.oneIn(4)
          ? state.list
          : changedList(random, { list: state.list as object[], pool }),
        count: random.oneIn(2) ? state.count : random.int(3),
        view: random.oneIn(2) ? state.view : random.pick(pool),
      };
      const changes = changesBetween(state, next);
      if (changes) mirrored = withChanges(mirrored, structuredClone(changes));
      assert.deepEqual(mirrored, next, `seed ${seed}`);
      for (const name of ["list", "count", "view"] as const) {
        if (state[name] === next[name]) assert.ok(!changes || !(name in changes), `seed ${seed}`);
      }
      state = next;
    }
  }
});

Deno.test("of a list only the place that differs is sent, and the rest stays the very same", () => {
  const [a, b, c, d] = [{ a: 1 }, { b: 1 }, { c: 1 }, { d: 1 }];
  const changes = changesBetween({ list: [a, b, c] }, { list: [a, d, c] })!;
  assert.deepEqual(changes, { list: { start: 1, end: 1, items: [d] } });
  const list = [a, b, c];
  const next = withChanges({ list }, structuredClone(changes)).list as object[];
  assert.equal(next[0], a);
  assert.equal(next[2], c);
});

Deno.test("where nothing differs there is nothing to send", () => {
  const list = [{}];
  assert.equal(changesBetween({ list, count: 1 }, { list, count: 1 }), null);
});
