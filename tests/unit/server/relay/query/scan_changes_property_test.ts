/**
 * Scans whose store changes before they are over. `FUZZ_ROUNDS` (4) is how many stores there are, `FUZZ_SEED` (1) the
 * first one's seed.
 */
import assert from "node:assert/strict";
import type { NostrEvent } from "../../../../../protocol/nostr_event.ts";
import type { Store } from "../../../../../server/relay/store/store.ts";
import {
  describeFilters,
  KEYS,
  nostrKeyOf,
  randomEvent,
  randomFilter,
  START_S,
} from "../fuzz_events.ts";
import { expectedIds, isExpired } from "../fuzz_model.ts";
import { createRandom, fuzzSeeds, type Random } from "../../../../support/random.ts";
import { openScan } from "../fuzz_scan.ts";
import { insertAll, openMemoryStore, storedEvents } from "../support.ts";

const WORLDS = [{ seconds: 60, maxLimit: 30 }, { seconds: 2, maxLimit: 500 }];
const EVENTS = 600;
const SCANS = 60;

function eventsIn(store: Store): NostrEvent[] {
  return storedEvents(store);
}

/** Something that others do meanwhile: events come, are replaced, removed, and time goes on. */
function change(random: Random, { store, clock, seconds }: {
  store: Store;
  clock: { nowS: number };
  seconds: number;
}): void {
  switch (random.int(4)) {
    case 0:
      return void insertAll(
        store,
        Array.from({ length: 3 }, () => randomEvent(random, { seconds, nowS: clock.nowS })),
      );
    case 1:
      return void store.remove(
        Array.from({ length: 6 }, () => 1 + random.int(store.lastSeq())),
      );
    case 2:
      return void store.removeExpired({ nowS: clock.nowS, retentionS: 1e9, limit: 2 });
    case 3:
      if (random.oneIn(10)) clock.nowS += 1;
  }
}

for (const seed of fuzzSeeds(4)) {
  for (const { seconds, maxLimit } of WORLDS) {
    Deno.test(`a scan gives what was there when it began, whatever changes: ${seconds} s of events (seed ${seed})`, () => {
      const random = createRandom(seed);
      const clock = { nowS: START_S + 20 };
      let [given, scansThatMissed] = [0, 0];
      for (let scan = 0; scan < SCANS; scan++) {
        using store = openMemoryStore();
        const fill = Array.from(
          { length: random.int(EVENTS) + 1 },
          () => randomEvent(random, { seconds, ...clock }),
        );
        insertAll(store, fill);
        const filter = randomFilter(random, { events: fill, seconds, maxLimit });
        const authed = new Set(random.some(KEYS));
        const limit = Math.min(filter.limit ?? maxLimit, maxLimit);
        const model = { authed, nostrKeyOf, maxLimit: 1e9, nowS: clock.nowS };
        const { limit: _, ...unlimited } = filter;
        const atStart = expectedIds([unlimited], { ...model, kept: eventsIn(store) });
        const got: string[] = [];
        const stream = openScan([filter], {
          ...{ store, authed, maxLimit, wantsJson: true },
          nowS: () => clock.nowS,
        });
        for (const found of stream) {
          if (found) got.push(found.id);
          if (random.oneIn(4)) change(random, { store, clock, seconds });
        }
        const left = new Set(
          eventsIn(store).filter((event) => !isExpired(event, clock.nowS)).map(({ id }) => id),
        );
        const which = `seed ${seed}, scan ${scan}, as ${[...authed]}: ${describeFilters([filter])}`;
        // In the order of the start, each once, and of what is still there nothing was left out on the way.
        const wanted = new Set(got);
        assert.deepEqual(got, atStart.filter((id) => wanted.has(id)), which);
        assert.ok(got.length <= limit, which);
        const reached = got.length < limit ? atStart.length : atStart.indexOf(got.at(-1) ?? "") + 1;
        const missed = atStart.slice(0, reached).filter((id) => !wanted.has(id));
        assert.deepEqual(missed.filter((id) => left.has(id)), [], which);
        given += got.length;
        scansThatMissed += missed.length > 0 ? 1 : 0;
      }
      assert.ok(
        given > 100 && scansThatMissed > 0,
        `${given} given, ${scansThatMissed} missed some`,
      );
    });
  }
}
