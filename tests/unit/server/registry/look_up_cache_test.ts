import assert from "node:assert/strict";
import type { LookUp } from "../../../../server/registry/look_up.ts";
import { createLookUpCache } from "../../../../server/registry/look_up_cache.ts";
import { createLookUps, type LookUps } from "../../../../server/registry/look_ups.ts";
import type { LiveHandle } from "../../../../server/registry/rules.ts";
import { makeAccount, registrationOf } from "../../../http/support.ts";

const account = makeAccount();
const record: LiveHandle = {
  state: "live",
  handle: "alice",
  primary: account.primary,
  addr: "a".repeat(64),
  nostr: account.nostr,
  registeredAtMs: 0,
  registration: registrationOf(account, { handle: "alice" }),
};
const lookUp = (body: string): LookUp => ({ record, relayUrl: "", body, etag: `"${body.length}"` });

Deno.test("the cache is bounded by size, and forgets what was used longest ago", () => {
  const cache = createLookUpCache({ nowMs: () => 0, maxCharacters: 60 });
  const ten = lookUp("x".repeat(10));
  for (const key of ["a", "b", "c"]) cache.set(key, ten);
  cache.get("a");
  cache.set("d", ten);
  assert.deepEqual(["a", "b", "c", "d"].map((key) => cache.get(key) === ten), [
    true,
    false,
    true,
    true,
  ]);
  cache.set("large", lookUp("x".repeat(31)));
  assert.equal(cache.get("large"), undefined);
  cache.set("a", ten);
  cache.set("a", lookUp("y"));
  cache.set("e", lookUp("x".repeat(29)));
  assert.equal(cache.get("a")?.body, "y");
  cache.delete("a");
  assert.equal(cache.get("a"), undefined);
});

Deno.test("the cache forgets after a minute", () => {
  let nowMs = 0;
  const cache = createLookUpCache({ nowMs: () => nowMs });
  cache.set("a", lookUp("x"));
  nowMs = 59_999;
  assert.ok(cache.get("a"));
  nowMs = 60_000;
  assert.equal(cache.get("a"), undefined);
});

/** `duringRead` runs while storage is being read. */
function makeLookUps(duringRead: (lookUps: LookUps) => void = () => undefined) {
  let reads = 0;
  const store = {
    handleOf: () => Promise.resolve("alice"),
    find: () => {
      reads++;
      duringRead(lookUps);
      return Promise.resolve(record);
    },
  };
  const addresses = { server: "kez.lat", sigServerUrl: null, relayOf: () => "wss://kez.lat/relay" };
  const lookUps: LookUps = createLookUps({ store, addresses, nowMs: () => 0 });
  return { lookUps, reads: () => reads };
}

Deno.test("a handle is read once and then answered out of memory, until it changes", async () => {
  const { lookUps, reads } = makeLookUps();
  for (const byKey of [() => lookUps.byHandle("alice"), () => lookUps.byPrimary(record.primary)]) {
    const readsBefore = reads();
    const first = await byKey();
    assert.equal(await byKey(), first);
    assert.equal(reads(), readsBefore + 1);
    lookUps.forget(record);
    assert.deepEqual(await byKey(), first);
    assert.equal(reads(), readsBefore + 2);
  }
});

Deno.test("what was read before a change is not remembered after it", async () => {
  const { lookUps, reads } = makeLookUps((own) => own.forget(record));
  await lookUps.byHandle("alice");
  await lookUps.byHandle("alice");
  assert.equal(reads(), 2);
});
