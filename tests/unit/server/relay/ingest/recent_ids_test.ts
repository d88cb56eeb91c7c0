import assert from "node:assert/strict";
import { createRecentIds } from "../../../../../server/relay/ingest/recent_ids.ts";

Deno.test("the newest ids are remembered, the oldest forgotten first", () => {
  const ids = createRecentIds(2);
  for (const id of ["a", "b", "b"]) ids.add(id);
  assert.deepEqual(["a", "b"].map(ids.has), [true, true]);
  ids.add("c");
  assert.deepEqual(["a", "b", "c"].map(ids.has), [false, true, true]);
});
