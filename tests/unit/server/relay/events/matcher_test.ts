import assert from "node:assert/strict";
import type { NostrEvent } from "../../../../../protocol/nostr_event.ts";
import { type Filter, matchesFilter } from "../../../../../protocol/nostr_filter.ts";
import { createMatcher, eventTags } from "../../../../../server/relay/events/matcher.ts";
import { createMonitors } from "../../../../../server/relay/query/monitors.ts";

const pick = <T>(values: readonly T[]): T => values[Math.floor(Math.random() * values.length)]!;
const some = <T>(values: readonly T[]): T[] => values.filter(() => Math.random() < 0.4);
const maybe = <T>(value: T): T | undefined => Math.random() < 0.3 ? value : undefined;

const IDS = ["a1", "b2", "c3"].map((text) => text.repeat(32));
const VALUES = ["", "x", "y", "z"];

function randomEvent(): NostrEvent {
  const tags = Array.from({ length: Math.floor(Math.random() * 5) }, () => {
    const name = pick(["t", "q", "p", "long"]);
    return Math.random() < 0.2 ? [name] : [name, pick(VALUES), "more"];
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

function randomFilter(): Filter {
  const tags = new Map(some(["t", "q", "p"]).map((name) => [name, some(VALUES)] as const));
  const filter: Filter = {
    ids: maybe(some(IDS)),
    authors: maybe(some(IDS)),
    kinds: maybe(some([1, 4, 4243])),
    since: maybe(pick([10, 20, 30])),
    until: maybe(pick([10, 20, 30])),
    tags: new Map(tags),
  };
  return filter;
}

Deno.test("a compiled filter gives the same answer as the plain comparison, for 20,000 random pairs", () => {
  let matches = 0;
  for (let round = 0; round < 20_000; round++) {
    const [event, filter] = [randomEvent(), randomFilter()];
    const expected = matchesFilter(filter, event);
    assert.equal(
      createMatcher(filter)(event, eventTags(event)),
      expected,
      JSON.stringify({ event, filter }),
    );
    matches += Number(expected);
  }
  assert.ok(matches > 500, `${matches} pairs matched`);
});

Deno.test("the index of live filters finds exactly the owners whose filters match, for random sets", () => {
  for (let round = 0; round < 500; round++) {
    const monitors = createMonitors<number>();
    const owners = Array.from({ length: 20 }, () => some([1, 2, 3]).map(randomFilter));
    owners.forEach((filters, owner) => monitors.add(owner, filters));
    const gone = pick([0, 5, 19]);
    monitors.remove(gone);
    const event = randomEvent();
    const expected = owners.flatMap((filters, owner) =>
      owner !== gone && filters.some((filter) => matchesFilter(filter, event)) ? [owner] : []
    );
    assert.deepEqual(monitors.match(event).sort((a, b) => a - b), expected);
  }
});
