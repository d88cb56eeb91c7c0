import assert from "node:assert/strict";
import { assignChunks, type Chunk } from "../../../../server/listener/chunks.ts";
import { createRandom } from "../../../support/random.ts";

Deno.test("however addrs come and go, the chunks hold each once and only what changed is asked again", () => {
  const random = createRandom(11);
  const all = Array.from({ length: 60 }, (_, i) => `addr${i}`);
  let chunks: Chunk[] = [];
  for (let round = 0; round < 200; round++) {
    const addrs = random.some(all);
    const size = 1 + random.int(12);
    const before = new Map(chunks.map((chunk) => [chunk.id, chunk.addrs.join()]));
    const next = assignChunks(chunks, { addrs, size });
    assert.deepEqual(next.chunks.flatMap((chunk) => chunk.addrs).toSorted(), addrs.toSorted());
    assert.ok(next.chunks.every((chunk) => chunk.addrs.length <= size));
    const ids = next.chunks.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    assert.deepEqual(
      next.closed.toSorted(),
      [...before.keys()].filter((id) => !ids.includes(id)).toSorted(),
    );
    const different = next.chunks.filter(({ id, addrs }) => before.get(id) !== addrs.join());
    assert.deepEqual(next.changed.map(({ id }) => id), different.map(({ id }) => id));
    chunks = next.chunks;
  }
});
