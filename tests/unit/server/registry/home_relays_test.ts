import assert from "node:assert/strict";
import { createHomeRelays } from "../../../../server/registry/home_relays.ts";

const relay = (n: number) => `wss://r${n}.kez.lat/`;
const ALL = [relay(1), relay(2), relay(3), relay(4)] as const;
const ADDRS = Array.from({ length: 2_000 }, (_, i) => i.toString(16).padStart(64, "0"));

Deno.test("every server gives a new handle the same relay, and each relay its share", () => {
  const counts = new Map<string, number>(ALL.map((url) => [url, 0]));
  const [one, other] = [createHomeRelays(relay(1), ALL), createHomeRelays(relay(3), ALL)];
  for (const addr of ADDRS) {
    assert.equal(one.assign(addr), other.assign(addr));
    counts.set(one.assign(addr), counts.get(one.assign(addr))! + 1);
  }
  for (const [url, count] of counts) assert.ok(Math.abs(count - 500) < 100, `${url}: ${count}`);
});

Deno.test("another relay takes its share from each, and moves nobody between the others", () => {
  const before = createHomeRelays(relay(1), [ALL[0], ALL[1], ALL[2]]);
  const after = createHomeRelays(relay(1), ALL);
  const moved = ADDRS.filter((addr) => before.assign(addr) !== after.assign(addr));
  assert.ok(moved.every((addr) => after.assign(addr) === relay(4)));
  assert.ok(moved.length > 400 && moved.length < 600);
});

Deno.test("a handle stays where it is, one from before there were several is at the first", () => {
  const homes = createHomeRelays(relay(2), ALL);
  assert.deepEqual(
    [homes.of({ relay: relay(9) }), homes.of({}), homes.elsewhere({})],
    [relay(9), relay(1), relay(1)],
  );
  assert.equal(homes.elsewhere({ relay: relay(2) }), null);
});
