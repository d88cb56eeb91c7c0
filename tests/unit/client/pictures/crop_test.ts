import assert from "node:assert/strict";
import { clampCrop, type Crop, MAX_ZOOM, turned, WHOLE } from "../../../../client/pictures/crop.ts";
import { createRandom } from "../../../support/random.ts";

/** True where no part of the square lies beside the picture. */
function isFilled({ turns, zoom, x, y }: Crop, size: { width: number; height: number }): boolean {
  const shorter = Math.min(size.width, size.height);
  const edges = turns % 2 === 0 ? [size.width, size.height] : [size.height, size.width];
  return [x, y].every((offset, axis) =>
    Math.abs(offset) <= (edges[axis]! / shorter * zoom - 1) / 2 + 1e-9
  );
}

function* cases(seeds: number) {
  for (let seed = 1; seed <= seeds; seed++) {
    const random = createRandom(seed);
    const far = () => random.int(600) / 100 - 3;
    const size = { width: 1 + random.int(4_000), height: 1 + random.int(4_000) };
    const crop = { turns: random.int(4), zoom: random.int(800) / 100, x: far(), y: far() };
    yield { seed, size, crop };
  }
}

Deno.test("whatever is asked for, the picture fills the square, and what fills it is left alone", () => {
  for (const { seed, size, crop } of cases(500)) {
    const clamped = clampCrop(crop, size);
    assert.ok(isFilled(clamped, size), `seed ${seed}`);
    assert.ok(clamped.zoom >= 1 && clamped.zoom <= MAX_ZOOM, `seed ${seed}`);
    assert.deepEqual(clampCrop(clamped, size), clamped, `seed ${seed}`);
  }
});

Deno.test("a turn keeps the square filled, and four of them lead back", () => {
  for (const { seed, size, crop } of cases(500)) {
    const start = clampCrop(crop, size);
    let current = start;
    for (let turn = 0; turn < 4; turn++) {
      current = turned(current);
      assert.ok(isFilled(current, size), `seed ${seed}`);
      const { x, y } = clampCrop(current, size);
      assert.ok(Math.abs(x - current.x) + Math.abs(y - current.y) < 1e-9, `seed ${seed}`);
    }
    assert.deepEqual(current, start, `seed ${seed}`);
  }
});

Deno.test("a square picture cannot be moved before it is enlarged", () => {
  const size = { width: 300, height: 300 };
  assert.deepEqual(clampCrop({ ...WHOLE, x: 0.3, y: -0.2 }, size), WHOLE);
  assert.deepEqual(clampCrop({ ...WHOLE, zoom: 2, x: 3, y: -3 }, size), {
    turns: 0,
    zoom: 2,
    x: 0.5,
    y: -0.5,
  });
});
