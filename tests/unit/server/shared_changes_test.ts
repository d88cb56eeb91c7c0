import assert from "node:assert/strict";
import { createHomeRelays } from "../../../server/registry/home_relays.ts";
import { createRegistry, type Registry } from "../../../server/registry/registry.ts";
import { openSharedChanges, type SharedChanges } from "../../../server/shared_changes.ts";
import { openSubscriptions } from "../../../server/push/subscriptions.ts";
import { addrOf } from "../../../protocol/addr.ts";
import { makeAccount, recordingLog, registrationOf, START_MS } from "../../http/support.ts";

/** One of several servers over a KV: it looks for changes when it is told to. */
async function openServer(kv: Deno.Kv, clock: { nowMs: number }) {
  const timers: (() => void)[] = [];
  const changes: SharedChanges = await openSharedChanges({
    kv,
    nowMs: () => clock.nowMs,
    afterMs(_ms, run) {
      timers.push(run);
      return () => void timers.splice(timers.indexOf(run), 1);
    },
    log: recordingLog([]),
  });
  const settled = async () => {
    while (timers.length === 0) await new Promise((resolve) => setTimeout(resolve));
  };
  return {
    changes,
    async look() {
      await settled();
      timers.shift()!();
      await settled();
    },
  };
}

const RELAYS = ["wss://r1.kez.lat/", "wss://r2.kez.lat/"] as const;

function openRegistry(kv: Deno.Kv, { own, changes }: { own: number; changes: SharedChanges }) {
  return createRegistry({
    kv,
    server: "kez.lat",
    relayUrl: () => RELAYS[own]!,
    homes: createHomeRelays(RELAYS[own]!, RELAYS),
    changes,
    nowMs: () => START_MS,
  });
}

Deno.test("what one server registers, changes and releases, the others know after they have looked", async () => {
  using kv = await Deno.openKv(":memory:");
  const clock = { nowMs: START_MS };
  const [a, b] = [await openServer(kv, clock), await openServer(kv, clock)];
  const here: Registry = await openRegistry(kv, { own: 0, changes: a.changes });
  const there: Registry = await openRegistry(kv, { own: 1, changes: b.changes });
  for (const { changes } of [a, b]) changes.start();

  const alice = makeAccount();
  const addr = addrOf(alice.primary);
  await here.register(registrationOf(alice, { handle: "alice" }));
  assert.ok(!there.members.isAddr(addr));
  await b.look();
  assert.ok(there.members.isAddr(addr) && there.members.isMemberKey(alice.nostr));
  const home = here.members.relayElsewhere(addr) ?? RELAYS[0];
  assert.equal(there.members.relayElsewhere(addr), home === RELAYS[1] ? null : home);
  for (const registry of [here, there]) {
    assert.equal((await registry.lookUp("alice"))!.relayUrl, home);
  }

  const released: string[] = [];
  here.onReleased(({ nostr }) => released.push(nostr!));
  const by = { primary: alice.primary, nonce: "0".repeat(32), createdAtMs: START_MS };
  await there.release("alice", by);
  assert.deepEqual(released, []);
  await a.look();
  assert.deepEqual(released, [alice.nostr]);
  assert.equal(await here.lookUp("alice"), null);
  assert.ok(here.members.isReleased(addr));
  await a.look();
  assert.equal(released.length, 1, "it is news once");
  await Promise.all([a.changes.stop(), b.changes.stop()]);
});

Deno.test("push subscriptions of one server are those of the others", async () => {
  using kv = await Deno.openKv(":memory:");
  const clock = { nowMs: START_MS };
  const [a, b] = [await openServer(kv, clock), await openServer(kv, clock)];
  const nowMs = () => START_MS;
  const here = await openSubscriptions({ kv, changes: a.changes, nowMs });
  const there = await openSubscriptions({ kv, changes: b.changes, nowMs });
  for (const { changes } of [a, b]) changes.start();
  const { primary } = makeAccount();
  const document = { endpoint: "https://push.example/1", expiresAtMs: null };
  const { id } = await here.add(primary, document as Parameters<typeof here.add>[1]);
  await b.look();
  assert.deepEqual(there.ofAddr(addrOf(primary)).map((one) => one.id), [id]);
  await there.remove(id);
  await a.look();
  assert.deepEqual(here.addrs(), []);
  await Promise.all([a.changes.stop(), b.changes.stop()]);
});

Deno.test("who has not looked for long reads everything again, and what cannot be told is told the next time", async () => {
  using kv = await Deno.openKv(":memory:");
  const clock = { nowMs: START_MS };
  const { changes, look } = await openServer(kv, clock);
  const told: (string[] | null)[] = [];
  let isBroken = true;
  changes.follow("topic", (ids) => {
    if (isBroken) return Promise.reject(new Error("disk"));
    told.push(ids);
    return Promise.resolve();
  });
  changes.start();
  const commit = kv.atomic();
  changes.note(commit, "topic", "x");
  await commit.commit();
  await look();
  isBroken = false;
  await look();
  await look();
  assert.deepEqual(told, [["x"]]);
  clock.nowMs += 9 * 60_000;
  await look();
  assert.deepEqual(told, [["x"], null]);
  await changes.stop();
});
