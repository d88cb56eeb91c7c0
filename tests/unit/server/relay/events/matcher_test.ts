import assert from "node:assert/strict";
import type { NostrEvent } from "../../../../../protocol/nostr_event.ts";
import { type Filter, matchesFilter } from "../../../../../protocol/nostr_filter.ts";
import { createMatcher, eventTags } from "../../../../../server/relay/events/matcher.ts";
import { createRandom, fuzzSeeds, type Random } from "../../../../support/random.ts";

const IDS = ["a1", "b2", "c3"].map((text) => text.repeat(32));
const VALUES = ["", "x", "y", "z"];
const PAIRS = 5_000;

function randomEvent({ int, oneIn, pick }: Random): NostrEvent {
  const tags = Array.from({ length: int(5) }, () => {
    const name = pick(["t", "q", "p", "long"]);
    return oneIn(5) ? [name] : [name, pick(VALUES), "more"];
  });
  return {
    id: pick(IDS),
    pubkey: pick(IDS),
    kind: pick([1, 4, 4243]),
    created_at: pick([10, 20, 30]),
    tags,
    content: "",
    sig: "00".repeat(64),
  };
}

function randomFilter({ oneIn, pick, some }: Random): Filter {
  const maybe = <T>(value: T): T | undefined => oneIn(3) ? value : undefined;
  return {
    ids: maybe(some(IDS)),
    authors: maybe(some(IDS)),
    kinds: maybe(some([1, 4, 4243])),
    since: maybe(pick([10, 20, 30])),
    until: maybe(pick([10, 20, 30])),
    tags: new Map(some(["t", "q", "p"]).map((name) => [name, some(VALUES)])),
  };
}

for (const seed of fuzzSeeds(4)) {
  Deno.test(`a compiled filter gives the same answer as the plain comparison (seed ${seed})`, () => {
    const random = createRandom(seed);
    let matches = 0;
    for (let pair = 0; pair < PAIRS; pair++) {
      const [event, filter] = [randomEvent(random), randomFilter(random)];
      const expected = matchesFilter(filter, event);
      assert.equal(
        createMatcher(filter)(event, eventTags(event)),
        expected,
        `seed ${seed}: ${JSON.stringify({ event, filter, tags: [...filter.tags] })}`,
      );
      matches += Number(expected);
    }
    assert.ok(matches > 125, `${matches} pairs matched`);
  });
}
