/**
 * Random subscriptions and random events as they come, against a look at every subscription. `FUZZ_ROUNDS` (4) is how many
 * relays there are, `FUZZ_SEED` (1) the first one's seed.
 */
import assert from "node:assert/strict";
import type { Buffer } from "node:buffer";
import type { NostrEvent } from "../../../../../protocol/nostr_event.ts";
import { type Filter, matchesFilter } from "../../../../../protocol/nostr_filter.ts";
import { canRead } from "../../../../../server/relay/events/access.ts";
import { createMonitors } from "../../../../../server/relay/query/monitors.ts";
import { fanOut, type Subscription } from "../../../../../server/relay/query/subscription.ts";
import { describeFilters, KEYS, nostrKeyOf, randomEvent, randomFilters } from "../fuzz_events.ts";
import { mayRead } from "../fuzz_model.ts";
import { createRandom, fuzzSeeds, type Random } from "../../../../support/random.ts";

const WORLD = { seconds: 12, nowS: 0, maxLimit: 25 };
/** At least so many pairs of a filter and an event for each seed. */
const MIN_PAIRS = 100_000;

/** A subscription, as the relay has it and as the model has it. */
interface Opened {
  subscription: Subscription;
  filters: Filter[];
  authed: Set<string>;
  got: string[];
}

function openRandom(random: Random, { id, events }: { id: string; events: NostrEvent[] }): Opened {
  const authed = new Set(random.some(KEYS.slice(0, 3)));
  const got: string[] = [];
  const reader = {
    send: (frame: string | Buffer) => void got.push(frame.toString()),
    client: "somebody",
    sendFrame: () => {},
    isBusy: () => false,
    drained: () => Promise.resolve(),
    canRead: (event: NostrEvent) => canRead(event, { authed, nostrKeyOf }),
  };
  const filters = randomFilters(random, { ...WORLD, events });
  return { subscription: { id, reader, isOpen: true }, filters, authed, got };
}

for (const seed of fuzzSeeds(4)) {
  Deno.test(`live events reach whom random filters and access mean, once, nobody else (seed ${seed})`, () => {
    const random = createRandom(seed);
    const events = Array.from({ length: 220 }, () => randomEvent(random, WORLD));
    const monitors = createMonitors<Subscription>();
    const open: Opened[] = [];
    const closed: Opened[] = [];
    let [pairs, delivered, withheld] = [0, 0, 0];
    for (const [round, event] of events.entries()) {
      for (let i = 0; i < 5; i++) {
        // Ids of subscriptions are a connection's own: others have the same.
        open.push(openRandom(random, { id: `s${random.int(40)}`, events }));
        monitors.add(open.at(-1)!.subscription, open.at(-1)!.filters);
      }
      if (round > 10) {
        const [left] = open.splice(random.int(open.length), 1);
        monitors.remove(left!.subscription);
        closed.push(left!);
        // A member whose nostr key changes reads other mail from then on.
        random.pick(open).authed.add(random.pick(KEYS));
      }
      const json = JSON.stringify(event);
      fanOut(monitors.match(event), { event, json });
      for (const { subscription: { id }, filters, authed, got } of open) {
        const isAsked = filters.some((filter) => matchesFilter(filter, event));
        const isGiven = isAsked && mayRead(event, { authed, nostrKeyOf });
        const expected = isGiven ? [`["EVENT","${id}",${json}]`] : [];
        assert.deepEqual(
          got.splice(0),
          expected,
          `seed ${seed}, event ${json}, as ${[...authed]}: ${describeFilters(filters)}`,
        );
        pairs += filters.length;
        delivered += isGiven ? 1 : 0;
        withheld += isAsked && !isGiven ? 1 : 0;
      }
    }
    assert.deepEqual(closed.flatMap(({ got }) => got), [], `seed ${seed}`);
    for (const { subscription } of open) monitors.remove(subscription);
    assert.deepEqual(events.flatMap((event) => monitors.match(event)), []);
    assert.ok(pairs > MIN_PAIRS, `${pairs} pairs`);
    assert.ok(delivered > 1_000 && withheld > 100, `${delivered} delivered, ${withheld} withheld`);
  });
}
