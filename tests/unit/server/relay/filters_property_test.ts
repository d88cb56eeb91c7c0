import assert from "node:assert/strict";
import {
  compareNewestFirst,
  eventAddress,
  kindClass,
  type NostrEvent,
} from "../../../../protocol/nostr_event.ts";
import { type Filter, matchesFilter, parseFilter } from "../../../../protocol/nostr_filter.ts";
import { canRead } from "../../../../server/relay/access.ts";
import { createMonitors } from "../../../../server/relay/monitors.ts";
import { scanFilters } from "../../../../server/relay/scan.ts";
import type { Store } from "../../../../server/relay/store.ts";
import { createRandom, fakeEvent, insertAll, openMemoryStore } from "./support.ts";

type Random = ReturnType<typeof createRandom>;

const hex = (digit: string) => digit.repeat(64);
const KEYS = ["1", "2", "3", "4"].map(hex);
const ADDRS = ["a", "b", "c"].map(hex);
/** Whose addr is whose: the third addr is nobody's. */
const OWNERS = new Map([[ADDRS[0], KEYS[0]], [ADDRS[1], KEYS[1]]]);
const KINDS = [0, 1, 4, 7, 1059, 4243, 4244, 10_002, 30_023];
const VALUES = ["x", "y", "", "long".repeat(100), "half \ud800"];
const T = 1_700_000_000;
const SECONDS = 12;
const MAX_LIMIT = 25;

const nostrKeyOf = (addr: string) => OWNERS.get(addr) ?? null;
const addrsOf = (key: string) => ADDRS.filter((addr) => OWNERS.get(addr) === key);

function subset<T>(list: readonly T[], random: Random): T[] {
  return list.filter(() => random.int(2) === 0);
}

function randomEvent(random: Random): NostrEvent {
  const kind = random.pick(KINDS);
  const tags: string[][] = subset(["t", "x"], random).map((name) => [name, random.pick(VALUES)]);
  if (kind === 4243 || kind === 4244) tags.push(["q", random.pick(ADDRS)]);
  if (kind === 4 || kind === 1059) tags.push(["p", random.pick(KEYS)]);
  if (kind === 30_023) tags.push(["d", random.pick(VALUES)]);
  if (random.int(4) === 0) tags.push(["t", random.pick(VALUES)], ["subject", "x"], ["e"]);
  return fakeEvent({
    kind,
    tags,
    pubkey: random.pick(KEYS),
    created_at: T + random.int(SECONDS),
  });
}

function randomFilter(random: Random, events: readonly NostrEvent[]): Filter {
  const members: Record<string, () => unknown> = {
    ids: () => [random.pick(events).id, random.pick(events).id, hex("f")].slice(random.int(3)),
    authors: () => subset([...KEYS, hex("f")], random),
    kinds: () => subset(KINDS, random),
    "#t": () => subset(VALUES, random),
    "#q": () => subset(ADDRS, random),
    "#p": () => subset(KEYS, random),
    "#d": () => subset(VALUES, random),
    since: () => T + random.int(SECONDS),
    until: () => T + random.int(SECONDS),
    limit: () => random.int(MAX_LIMIT + 5),
  };
  const names = Object.keys(members).filter(() => random.int(4) === 0);
  return parseFilter(Object.fromEntries(names.map((name) => [name, members[name]!()])));
}

/** NIP-01 in the plainest words. */
function expectedAnswer(
  filters: readonly Filter[],
  { kept, authed }: { kept: readonly NostrEvent[]; authed: ReadonlySet<string> },
): string[] {
  const readable = kept.filter((event) => canRead(event, { authed, nostrKeyOf }));
  const found = new Set(
    filters.flatMap((filter) =>
      readable.filter((event) => matchesFilter(filter, event))
        .slice(0, Math.min(filter.limit ?? MAX_LIMIT, MAX_LIMIT))
    ),
  );
  return [...found].sort(compareNewestFirst).map(({ id }) => id);
}

/** What a relay keeps of events that came in this order, newest first. */
function keptOf(events: readonly NostrEvent[]): NostrEvent[] {
  const kept = new Map<string, NostrEvent>();
  for (const event of events) {
    const key = eventAddress(event) ?? event.id;
    const old = kept.get(key);
    if (!old || compareNewestFirst(event, old) < 0) kept.set(key, event);
  }
  return [...kept.values()].sort(compareNewestFirst);
}

function answer(store: Store, filters: readonly Filter[], authed: ReadonlySet<string>): string[] {
  const stream = scanFilters(filters, {
    store,
    lastSeq: store.lastSeq(),
    maxLimit: MAX_LIMIT,
    mailboxes: { keys: authed, addrs: new Set([...authed].flatMap(addrsOf)) },
    canRead: (event) => canRead(event, { authed, nostrKeyOf }),
    nowS: () => T,
  });
  return [...stream].filter((found) => found !== null).map(({ id }) => id);
}

for (const seed of [1, 22, 333, 4_444]) {
  Deno.test(`random filters over random events: the store answers as NIP-01 says (seed ${seed})`, () => {
    const random = createRandom(seed);
    using store = openMemoryStore();
    const events = Array.from({ length: 300 }, () => randomEvent(random));
    insertAll(store, events);
    const kept = keptOf(events);
    let matches = 0;
    for (let round = 0; round < 1_000; round++) {
      const filters = Array.from(
        { length: 1 + random.int(3) },
        () => randomFilter(random, events),
      );
      const authed = new Set(subset(KEYS.slice(0, 3), random));
      const expected = expectedAnswer(filters, { kept, authed });
      matches += expected.length;
      assert.deepEqual(
        answer(store, filters, authed),
        expected,
        JSON.stringify({ round, filters }),
      );
    }
    assert.ok(matches > 5_000);
  });

  Deno.test(`random filters and random live events: the index finds whom a scan of all would find (seed ${seed})`, () => {
    const random = createRandom(seed);
    const events = Array.from({ length: 200 }, () => randomEvent(random));
    const monitors = createMonitors<number>();
    const open = new Map<number, Filter[]>();
    let matches = 0;
    for (const [round, event] of events.entries()) {
      for (let i = 0; i < 5; i++) {
        const filters = Array.from(
          { length: 1 + random.int(3) },
          () => randomFilter(random, events),
        );
        open.set(round * 5 + i, filters);
        monitors.add(round * 5 + i, filters);
      }
      const leaving = random.int(round * 5 + 5);
      open.delete(leaving);
      monitors.remove(leaving);
      const expected = [...open].filter(([, filters]) =>
        filters.some((filter) => matchesFilter(filter, event))
      ).map(([owner]) => owner);
      matches += expected.length;
      assert.deepEqual(monitors.match(event).sort((a, b) => a - b), expected);
    }
    for (const owner of open.keys()) monitors.remove(owner);
    assert.deepEqual(events.flatMap((event) => monitors.match(event)), []);
    assert.ok(matches > 1_000);
  });
}

Deno.test("the random events have every class of kinds that is stored", () => {
  const random = createRandom(5);
  const classes = new Set(Array.from({ length: 300 }, () => kindClass(randomEvent(random).kind)));
  assert.deepEqual(classes, new Set(["regular", "replaceable", "addressable"]));
});
