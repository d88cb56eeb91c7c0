import assert from "node:assert/strict";
import { createSealer } from "../../../../client/storage/sealer.ts";
import { tells } from "../session/support.ts";

const storageKey = crypto.getRandomValues(new Uint8Array(32));
const sealer = await createSealer(storageKey);

for (
  const value of [null, 0, "", "text 🙂 \u202e", [1, [2]], { a: { b: null } }, "x".repeat(1e5)]
) {
  Deno.test(`${JSON.stringify(value).slice(0, 30)} comes back as it was sealed`, async () => {
    assert.deepEqual(await sealer.open("key", await sealer.seal("key", value)), value);
  });
}

Deno.test("a record opens under its own key alone", async () => {
  const record = await sealer.seal("a", { text: "hello" });
  await assert.rejects(sealer.open("b", record), tells("storage_failed"));
});

Deno.test("a record of another account does not open", async () => {
  const other = await createSealer(crypto.getRandomValues(new Uint8Array(32)));
  await assert.rejects(other.open("a", await sealer.seal("a", 1)), tells("storage_failed"));
});

Deno.test("any flipped byte of a record is noticed", async () => {
  const record = await sealer.seal("a", "hi");
  for (let at = 0; at < record.data.byteLength; at++) {
    const data = record.data.slice(0);
    new Uint8Array(data)[at]! ^= 0x80;
    await assert.rejects(sealer.open("a", { ...record, data }), tells("storage_failed"));
  }
  const iv = record.iv.slice();
  iv[0]! ^= 1;
  await assert.rejects(sealer.open("a", { ...record, iv }), tells("storage_failed"));
});

Deno.test("the same value is sealed differently every time, and says nothing of itself", async () => {
  const [one, two] = [await sealer.seal("a", "needle"), await sealer.seal("a", "needle")];
  assert.notDeepEqual(one.iv, two.iv);
  assert.notDeepEqual(new Uint8Array(one.data), new Uint8Array(two.data));
  assert.ok(!new TextDecoder("latin1").decode(one.data).includes("needle"));
});

Deno.test("tags are the same for the same parts, and only for them", async () => {
  const parts = [["ab", "c"], ["a", "bc"], ["abc"], ["ab", "c", ""], ['a","b'], ["a", "b"], []];
  const tags = await Promise.all(parts.map((named) => sealer.tag(...named)));
  assert.equal(new Set(tags).size, parts.length);
  assert.equal(await sealer.tag("ab", "c"), tags[0]);
  for (const tag of tags) assert.match(tag, /^[A-Za-z0-9_-]{43}$/);
});

Deno.test("tags tell nothing without the storage key, and survive a restart with it", async () => {
  const other = await createSealer(crypto.getRandomValues(new Uint8Array(32)));
  const again = await createSealer(storageKey.slice());
  assert.notEqual(await other.tag("alice"), await sealer.tag("alice"));
  assert.equal(await again.tag("alice"), await sealer.tag("alice"));
});

Deno.test("a sealer goes on after the storage key was wiped", async () => {
  const key = crypto.getRandomValues(new Uint8Array(32));
  const own = await createSealer(key);
  key.fill(0);
  assert.equal(await own.open("a", await own.seal("a", 5)), 5);
});
