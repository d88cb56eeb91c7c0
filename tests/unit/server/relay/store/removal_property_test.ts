/**
 * Random events, deletions (NIP-09), requests to vanish (NIP-62) and sweeps in a random order, repeats among them, against
 * a model that looks at everything. `FUZZ_ROUNDS` (12) is how many stores there are, `FUZZ_SEED` (1) the first one's seed.
 */
import assert from "node:assert/strict";
import type { NostrEvent } from "../../../../../protocol/nostr_event.ts";
import { prepareEvent } from "../../../../../server/relay/events/prepared_event.ts";
import { removeRequested } from "../../../../../server/relay/store/removal.ts";
import type { Store } from "../../../../../server/relay/store/store.ts";
import {
  addrsOf,
  describeFilters,
  KEYS,
  nostrKeyOf,
  randomEvent,
  randomFilters,
  randomRemoval,
  START_S,
} from "../fuzz_events.ts";
import { createRelayModel, expectedIds } from "../fuzz_model.ts";
import { createRandom, fuzzSeeds, type Random } from "../../../../support/random.ts";
import { idsOfScan } from "../fuzz_scan.ts";
import { openMemoryStore, storedEvents } from "../support.ts";

const SECONDS = 16;
const RETENTION_S = 8;
const EVENTS = 250;

/** Inserts an event as the relay does, and lets go at once what it asks to vanish. */
function submit(store: Store, event: NostrEvent): string {
  const { pubkey, kind } = event;
  const by = { pubkey, addrs: addrsOf(pubkey) };
  const scope = kind === 5 ? "named" : kind === 62 ? "everything" : null;
  const removal = scope && { scope, by, mustOwnSomething: false } as const;
  let outcome = "";
  store.transaction(() => outcome = store.insert({ ...prepareEvent(event), removal }));
  Array.from(removeRequested(store));
  return outcome;
}

function sweep(store: Store, nowS: number): void {
  while (store.removeExpired({ nowS, retentionS: RETENTION_S, limit: 7 }) > 0);
}

/** Events and removals as they come; some come again, and deletions come before what they name. */
function randomHistory(random: Random): NostrEvent[] {
  const world = { seconds: SECONDS, nowS: START_S + SECONDS };
  const events = Array.from({ length: EVENTS }, () => randomEvent(random, world));
  for (let i = 0; i < EVENTS / 5; i++) events.push(randomRemoval(random, { events, ...world }));
  for (let i = 0; i < EVENTS / 2; i++) events.push(random.pick(events));
  for (let i = events.length - 1; i > 0; i--) {
    const at = random.int(i + 1);
    [events[i], events[at]] = [events[at]!, events[i]!];
  }
  return events;
}

for (const seed of fuzzSeeds(12)) {
  Deno.test(`what is deleted, replaced, vanished or expired is gone and stays so, nothing else is (seed ${seed})`, () => {
    const random = createRandom(seed);
    using store = openMemoryStore();
    const model = createRelayModel(addrsOf);
    const history = randomHistory(random);
    let nowS = START_S + SECONDS / 2;
    const outcomes = new Map<string, number>();
    for (const [i, event] of history.entries()) {
      const outcome = submit(store, event);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      const which = `seed ${seed}, event ${i}: ${JSON.stringify(event)}`;
      assert.equal(outcome === "stored", model.take(event), `${outcome}, ${which}`);
      if (random.oneIn(20)) {
        nowS += 1;
        sweep(store, nowS);
        model.sweep({ nowS, retainedSinceS: nowS - RETENTION_S });
      }
      const kept = storedEvents(store).map(({ id }) => id);
      assert.deepEqual(kept.sort(), model.kept().map(({ id }) => id).sort(), which);
    }
    // The indexes have lost what the table lost, and nothing more.
    const kept = model.kept();
    for (let round = 0; round < 100; round++) {
      const filters = randomFilters(random, { events: history, seconds: SECONDS, maxLimit: 500 });
      const rules = { authed: new Set(random.some(KEYS)), maxLimit: 500 };
      assert.deepEqual(
        idsOfScan(filters, { ...rules, store, wantsJson: false, nowS: () => nowS }),
        expectedIds(filters, { ...rules, kept, nostrKeyOf, nowS }),
        `seed ${seed}: ${describeFilters(filters)}`,
      );
    }
    assert.ok(["stored", "duplicate", "older", "deleted"].every((name) => outcomes.get(name)! > 3));
  });
}
