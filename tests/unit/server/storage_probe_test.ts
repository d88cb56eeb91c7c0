import assert from "node:assert/strict";
import { createStorageProbe } from "../../../server/storage_probe.ts";
import { type LogLine, recordingLog } from "../../http/support.ts";

Deno.test("storage is probed once for all who ask within two seconds", async () => {
  using kv = await Deno.openKv(":memory:");
  let writes = 0;
  const counting = new Proxy(kv, {
    get(target, name) {
      if (name === "set") writes++;
      const member = Reflect.get(target, name);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
  const clock = { nowMs: 5_000 };
  const probe = createStorageProbe({
    kv: counting,
    nowMs: () => clock.nowMs,
    log: recordingLog([]),
  });
  assert.deepEqual(await Promise.all(Array.from({ length: 10 }, probe)), Array(10).fill(true));
  assert.equal(writes, 1);
  clock.nowMs += 2_000;
  assert.equal(await probe(), true);
  assert.equal(writes, 2);
  clock.nowMs -= 60_000;
  assert.equal(await probe(), true);
  assert.equal(writes, 3);
});

Deno.test("storage that cannot be written is told, and logged", async () => {
  const kv = await Deno.openKv(":memory:");
  kv.close();
  const lines: LogLine[] = [];
  const probe = createStorageProbe({ kv, nowMs: () => 5_000, log: recordingLog(lines) });
  assert.equal(await probe(), false);
  assert.deepEqual(lines.map(({ level, event }) => [level, event]), [
    ["error", "storage cannot be written"],
  ]);
});
