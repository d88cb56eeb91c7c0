import assert from "node:assert/strict";
import type { NostrEvent } from "../../../../../protocol/nostr_event.ts";
import { type Filter, parseFilter } from "../../../../../protocol/nostr_filter.ts";
import { encodeRelayFrame } from "../../../../../protocol/nostr_wire.ts";
import { createMonitors } from "../../../../../server/relay/query/monitors.ts";
import { scanFilters } from "../../../../../server/relay/query/scan.ts";
import type { Store } from "../../../../../server/relay/store/store.ts";
import {
  fanOut,
  type Reader,
  type Subscription,
} from "../../../../../server/relay/query/subscription.ts";
import { createSubscriptions, type Scan } from "../../../../../server/relay/query/subscriptions.ts";
import { type Budget, createBudget } from "../../../../../server/relay/budget.ts";
import { createTurns } from "../../../../../server/relay/connection/turns.ts";
import { createRandom } from "../../../../support/random.ts";
import { createTestLog, fakeEvent, insertAll, openMemoryStore } from "../support.ts";

const T = 1_700_000_000;

/** Subscriptions whose scans go on by one item each time that the test says so. */
function createSetup(store: Store) {
  const frames: unknown[][] = [];
  const deferred: (() => void)[] = [];
  const reader: Reader = {
    send: (frame) => void frames.push(JSON.parse(frame.toString())),
    client: "somebody",
    sendFrame: (frame) => reader.send(encodeRelayFrame(frame)),
    isBusy: () => false,
    drained: () => Promise.resolve(),
    canRead: () => true,
  };
  const scan: Scan = (filters, rules) =>
    scanFilters(filters, {
      ...rules,
      ...{ store, lastSeq: store.lastSeq(), canRead: () => true, nowS: () => T },
      mailboxes: { keys: new Set(), addrs: new Set() },
    });
  const monitors = createMonitors<Subscription>();
  let nowMs = 0;
  const turns = createTurns({
    monotonicMs: () => nowMs += 6,
    defer: (run) => void deferred.push(run),
  });
  const limits = { maxLimit: 1_000, maxCount: 1_000 };
  const [listening, scanning] = [1, 2].map(() => createBudget({ max: 100, maxPerClient: 50 })) as [
    Budget,
    Budget,
  ];
  const log = createTestLog();
  const subscriptions = createSubscriptions({
    ...{ reader, scan, monitors, turns, limits, log },
    budgets: { listening, scanning },
    read: store.read,
  });
  /** Takes an event in as the relay does: durable first, then to whoever listens. */
  const publish = (event: NostrEvent): void => {
    insertAll(store, [event]);
    fanOut(monitors.match(event), { event, json: JSON.stringify(event) });
  };
  const runOne = (): boolean => {
    const next = deferred.shift();
    next?.();
    return next !== undefined;
  };
  const isAllGivenBack = () =>
    [listening, scanning].every(({ hasRoom }) => hasRoom("somebody", 50));
  return { subscriptions, frames, publish, runOne, log, isAllGivenBack };
}

const idsOf = (frames: unknown[][]): string[] =>
  frames.filter(([verb]) => verb === "EVENT").map(([, , event]) => (event as NostrEvent).id);

for (const seed of [1, 2, 3, 4, 5]) {
  Deno.test(`what is written while a scan runs comes once, live, and nothing is missed (seed ${seed})`, () => {
    const random = createRandom(seed);
    const filters: Filter[][] = [
      [parseFilter({ kinds: [1] })],
      [parseFilter({ "#t": ["a", "b"] }), parseFilter({ kinds: [1], since: T })],
      [parseFilter({})],
    ];
    for (const asked of filters) {
      using store = openMemoryStore();
      const make = () =>
        fakeEvent({ created_at: T + random.int(40), tags: [["t", random.pick(["a", "b"])]] });
      const stored = Array.from({ length: 900 }, make);
      insertAll(store, stored);
      const { subscriptions, frames, publish, runOne } = createSetup(store);
      subscriptions.open("s", asked);
      const live: NostrEvent[] = [];
      do {
        // Before, behind and at the place where the scan is.
        if (random.int(2) === 0) {
          live.push(make());
          publish(live.at(-1)!);
        }
      } while (runOne());
      assert.ok(live.length > 20);
      assert.deepEqual(idsOf(frames).sort(), [...stored, ...live].map(({ id }) => id).sort());
      const atEose = frames.findIndex(([verb]) => verb === "EOSE");
      const before = new Set(idsOf(frames.slice(0, atEose)));
      assert.ok(stored.every(({ id }) => before.has(id)), "every stored event stands before EOSE");
      assert.deepEqual(frames.filter(([verb]) => verb === "EOSE"), [["EOSE", "s"]]);
    }
  });
}

Deno.test("what is removed while a scan runs is passed over", () => {
  using store = openMemoryStore();
  const events = Array.from({ length: 100 }, (_, i) => fakeEvent({ created_at: T + i }));
  insertAll(store, events);
  const { subscriptions, frames, runOne } = createSetup(store);
  subscriptions.open("s", [parseFilter({})]);
  while (frames.length === 0) runOne();
  const sent = idsOf(frames);
  assert.ok(sent.length < 50);
  const gone = events.filter(({ id }) => !sent.includes(id)).slice(0, 45);
  store.remove(gone.map(({ id }) => store.pages.byId(id)!.seq));
  while (runOne());
  const left = events.filter((event) => !gone.includes(event));
  assert.deepEqual(idsOf(frames), left.map(({ id }) => id).reverse());
});

Deno.test("a subscription that is closed or replaced in the middle sends nothing more of its scan", () => {
  using store = openMemoryStore();
  insertAll(store, Array.from({ length: 40 }, () => fakeEvent()));
  const { subscriptions, frames, runOne } = createSetup(store);
  subscriptions.open("s", [parseFilter({})]);
  while (frames.length === 0) runOne();
  const sent = idsOf(frames).length;
  assert.ok(sent < 40);
  subscriptions.open("s", [parseFilter({ kinds: [7] })]);
  while (runOne());
  assert.equal(idsOf(frames).length, sent);
  assert.deepEqual(frames.at(-1), ["EOSE", "s"]);
});

Deno.test("a count is one number, of what was stored when it was asked", () => {
  using store = openMemoryStore();
  insertAll(store, Array.from({ length: 40 }, () => fakeEvent()));
  const { subscriptions, frames, publish, runOne } = createSetup(store);
  subscriptions.count("c", [parseFilter({ kinds: [1] }), parseFilter({})]);
  do publish(fakeEvent()); while (runOne());
  assert.deepEqual(frames, [["COUNT", "c", { count: 40 }]]);
});

Deno.test("a count above its bound says that it is approximate", () => {
  using store = openMemoryStore();
  insertAll(store, Array.from({ length: 1_000 }, () => fakeEvent()));
  const { subscriptions, frames, runOne } = createSetup(store);
  subscriptions.count("all", [parseFilter({})]);
  while (runOne());
  insertAll(store, [fakeEvent()]);
  subscriptions.count("more", [parseFilter({})]);
  while (runOne());
  assert.deepEqual(frames, [
    ["COUNT", "all", { count: 1_000 }],
    ["COUNT", "more", { count: 1_000, approximate: true }],
  ]);
});

Deno.test("a count of somebody who went away ends without a word", () => {
  using store = openMemoryStore();
  insertAll(store, Array.from({ length: 40 }, () => fakeEvent()));
  const { subscriptions, frames, runOne } = createSetup(store);
  subscriptions.count("c", [parseFilter({})]);
  runOne();
  subscriptions.closeAll();
  let steps = 0;
  while (runOne()) steps += 1;
  assert.ok(steps <= 1);
  assert.deepEqual(frames, []);
});

Deno.test("where the store cannot be read a subscription is closed with error:, and the log has the reason", () => {
  using store = openMemoryStore();
  const broken: Store = {
    ...store,
    jsons: () => {
      throw new Error("disk gone");
    },
  };
  insertAll(store, [fakeEvent()]);
  const { subscriptions, frames, publish, runOne, log } = createSetup(broken);
  subscriptions.open("s", [parseFilter({})]);
  while (runOne());
  assert.equal(frames.length, 1);
  assert.deepEqual(frames[0]!.slice(0, 2), ["CLOSED", "s"]);
  assert.match(String(frames[0]![2]), /^error: /);
  assert.deepEqual(log.names, ["relay.scan_failed"]);
  publish(fakeEvent());
  assert.equal(frames.length, 1, "it is not live any more");
});

Deno.test("what filters take up is given back when their subscriptions and scans have ended", () => {
  using store = openMemoryStore();
  insertAll(store, Array.from({ length: 40 }, () => fakeEvent()));
  const { subscriptions, runOne, isAllGivenBack } = createSetup(store);
  subscriptions.open("s", [parseFilter({ kinds: [1] })]);
  subscriptions.open("s", [parseFilter({ kinds: [1, 7] })]);
  subscriptions.count("c", [parseFilter({})]);
  runOne();
  assert.ok(!isAllGivenBack());
  subscriptions.closeAll();
  while (runOne());
  assert.ok(isAllGivenBack());
});
