import assert from "node:assert/strict";
import { createAccountMarker } from "../../../../client/session/account_marker.ts";

Deno.test("the marker stays until it is cleared", () => {
  const items = new Map<string, string>();
  const storage = {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
  };
  const marker = createAccountMarker(() => storage, assert.ifError);
  assert.equal(marker.isSet(), false);
  marker.set();
  assert.equal(createAccountMarker(() => storage, assert.ifError).isSet(), true);
  marker.clear();
  assert.equal(marker.isSet(), false);
});

Deno.test("a browser that refuses its storage is reported, and nothing else happens", () => {
  const refusal = new DOMException("no", "SecurityError");
  const faults: unknown[] = [];
  const marker = createAccountMarker(
    () => {
      throw refusal;
    },
    (fault) => faults.push(fault),
  );
  marker.set();
  assert.equal(marker.isSet(), false);
  assert.deepEqual(faults, [refusal, refusal]);
});
