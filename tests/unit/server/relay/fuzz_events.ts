import { createHash } from "node:crypto";
import type { NostrEvent } from "../../../../protocol/nostr_event.ts";
import { type Filter, parseFilter } from "../../../../protocol/nostr_filter.ts";
import { fakeEvent } from "./support.ts";
import type { Random } from "../../../support/random.ts";

const digits = (digit: string) => digit.repeat(64);

/** Nostr keys. The last is nobody's who AUTHs. */
export const KEYS = ["1", "2", "3", "4"].map(digits);
/** Addrs. The last is nobody's. */
export const ADDRS = ["a", "b", "c"].map(digits);

const OWNERS = new Map([[ADDRS[0], KEYS[0]], [ADDRS[1], KEYS[1]]]);
export const nostrKeyOf = (addr: string): string | null => OWNERS.get(addr) ?? null;
export const addrsOf = (key: string): string[] => ADDRS.filter((addr) => OWNERS.get(addr) === key);

/** Unix seconds at which random events begin. */
export const START_S = 1_700_000_000;

const LONG = "long".repeat(100);
/** Values of tags. Of these, some are alike for an index that cuts, hashes, or stores UTF-8. */
export const VALUES = [
  ...["x", "y", "", "x\0", LONG, `${LONG}2`, "half \ud800", "half \ufffd", "x".repeat(128)],
  `sha256:${createHash("sha256").update(LONG).digest("hex")}`,
];
const KINDS = [0, 1, 3, 4, 6, 7, 1059, 4243, 4244, 10_002, 30_023, 30_024];
const NOBODY = digits("f");

/** When events of a world are, and when it is now. */
export interface World {
  /** Seconds over which events are spread: few of them make bursts. */
  seconds: number;
  nowS: number;
}

/** An event of a kind that is stored and removes nothing, with the tags that its kind needs and others. */
export function randomEvent(random: Random, { seconds, nowS }: World): NostrEvent {
  const kind = random.pick(KINDS);
  const tags = random.some(["t", "x", "K"]).map((name) => [name, random.pick(VALUES)]);
  if (kind === 4243 || kind === 4244) tags.push(["q", random.pick(ADDRS)]);
  if (kind === 4 || kind === 1059) tags.push(["p", random.pick(KEYS)]);
  // One of those that UTF-8 makes alike is left out: an id, too, is a hash of UTF-8.
  if (kind >= 30_000) {
    tags.push([
      "d",
      random.pick(VALUES.filter((value) => !value.endsWith("\ufffd"))),
    ]);
  }
  if (kind < 4 && random.oneIn(3)) tags.push(["p", random.pick(KEYS)], ["q", random.pick(ADDRS)]);
  if (random.oneIn(4)) tags.push(["t", random.pick(VALUES)], ["subject", "x"], ["e"]);
  if (random.oneIn(6)) {
    tags.push(["expiration", random.pick([`${nowS + random.int(9) - 4}`, "never"])]);
  }
  return fakeEvent({
    id: random.hex(),
    kind,
    tags,
    pubkey: random.pick(KEYS),
    created_at: START_S + random.int(seconds),
  });
}

/** A request to delete events that came or may come, or now and then to vanish. (NIP-09, NIP-62) */
export function randomRemoval(
  random: Random,
  { events, seconds }: { events: readonly NostrEvent[]; seconds: number },
): NostrEvent {
  const named = Array.from({ length: 1 + random.int(3) }, () => random.pick(events));
  const changes = {
    id: random.hex(),
    pubkey: random.oneIn(2) ? named[0]!.pubkey : random.pick(KEYS),
    created_at: START_S + random.int(seconds),
  };
  if (random.oneIn(20)) return fakeEvent({ ...changes, kind: 62, tags: [["relay", "ALL_RELAYS"]] });
  const tags = named.map(({ id, kind, pubkey, tags }) =>
    random.oneIn(2)
      ? ["a", `${kind}:${pubkey}:${tags.find(([name]) => name === "d")?.[1] ?? ""}`]
      : ["e", id]
  );
  return fakeEvent({ ...changes, kind: 5, tags });
}

/** Members that say where events are looked for; any other may come with them. */
const SHAPES = [
  ...[[], ["since", "until"], ["ids"], ["kinds"], ["authors"], ["authors", "kinds"], [
    "authors",
    "kinds",
  ]],
  ...[["#q"], ["#p"], ["#t"], ["#K"], ["#d", "kinds"], ["#t", "#K"], ["authors", "#t"], ["#e"]],
];

/** A filter of members that go together, and of others now and then. */
export function randomFilter(
  random: Random,
  { events, seconds, maxLimit }: {
    events: readonly NostrEvent[];
    seconds: number;
    maxLimit: number;
  },
): Filter {
  const members: Record<string, () => unknown> = {
    ids: () => [...Array.from({ length: random.int(4) }, () => random.pick(events).id), NOBODY],
    authors: () => random.some([...KEYS, NOBODY]),
    kinds: () => random.oneIn(2) ? random.some(KINDS) : [random.pick(KINDS), random.pick(KINDS)],
    "#t": () => random.some(VALUES),
    "#K": () => [random.pick(VALUES)],
    "#q": () => random.some(ADDRS),
    "#p": () => random.some(KEYS),
    "#d": () => random.some(VALUES),
    "#e": () => ["", NOBODY],
    since: () => START_S + random.int(seconds),
    until: () => START_S + random.int(seconds),
    limit: () => random.int(maxLimit + 5),
  };
  const shape = random.pick(SHAPES);
  const names = Object.keys(members).filter((name) => shape.includes(name) || random.oneIn(9));
  return parseFilter(Object.fromEntries(names.map((name) => [name, members[name]!()])));
}

/** A few filters, as a REQ has them. */
export function randomFilters(random: Random, rules: Parameters<typeof randomFilter>[1]): Filter[] {
  return Array.from({ length: 1 + random.int(3) }, () => randomFilter(random, rules));
}

/** Filters in a message about what failed. */
export function describeFilters(filters: readonly Filter[]): string {
  return JSON.stringify(filters.map(({ tags, ...filter }) => {
    const lists = [...tags].map(([name, values]) => [`#${name}`, values]);
    return { ...filter, ...Object.fromEntries(lists) };
  }));
}
