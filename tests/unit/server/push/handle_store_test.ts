import assert from "node:assert/strict";
import { createHandleStore } from "../../../../server/push/handle_store.ts";
import { FRESH_PACE } from "../../../../server/push/pace.ts";

Deno.test("what was being written of a handle does not come back once it is forgotten", async () => {
  using kv = await Deno.openKv(":memory:");
  const store = createHandleStore(kv);
  const saved = store.save("a1".repeat(32), { pace: FRESH_PACE, coveredSeq: 1 });
  await store.remove("a1".repeat(32));
  await saved;
  assert.deepEqual(await Array.fromAsync(store.load()), []);
});
