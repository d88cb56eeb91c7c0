import assert from "node:assert/strict";
import { startBlobSweep } from "../../../../server/blobs/blob_sweep.ts";

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

Deno.test("a start takes away what people left behind who went while the server was down", async () => {
  const removed: string[] = [];
  const swept = Promise.withResolvers<void>();
  const sweep = startBlobSweep({
    blobs: {
      removeAllOf: (pubkey) => Promise.resolve(void removed.push(pubkey)),
      sweep: () => {
        swept.resolve();
        return Promise.resolve(0);
      },
    },
    async *owners() {
      yield* await Promise.resolve(["member", "gone"]);
    },
    isMemberKey: (pubkey) => pubkey === "member",
    isNamed: () => false,
    nowMs: () => 0,
    log: SILENT,
  });
  await swept.promise;
  await sweep.stop();
  assert.deepEqual(removed, ["gone"]);
});
