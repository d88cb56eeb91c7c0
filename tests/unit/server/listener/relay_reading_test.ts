import assert from "node:assert/strict";
import type { NostrEvent } from "../../../../protocol/nostr_event.ts";
import { createRelayReading } from "../../../../server/listener/relay_reading.ts";
import { makeMail, nowS, randomHex } from "../../../relay/support/events.ts";

interface Filter {
  "#q": string[];
  since: number;
  until?: number;
  limit: number;
}

/** A reading over a relay that is played by the test. */
function createWorld() {
  const reqs: { id: string; filter: Filter }[] = [];
  const closes: string[] = [];
  const ends: (number | null)[] = [];
  let refusals = 0;
  const sinceS = nowS() - 3600;
  const reading = createRelayReading({
    sinceS,
    send(text) {
      const [verb, id, filter] = JSON.parse(text);
      if (verb === "REQ") reqs.push({ id, filter });
      else closes.push(id);
    },
    onCaughtUp: (newestS) => void ends.push(newestS),
    onRefused: () => void refusals++,
    nowS,
  });
  const event = (id: string, mail: NostrEvent) =>
    reading.receive(JSON.stringify(["EVENT", id, mail]));
  const eose = (id: string) => reading.receive(JSON.stringify(["EOSE", id]));
  const closed = (id: string) => reading.receive(JSON.stringify(["CLOSED", id, "error: too big"]));
  return { reading, reqs, closes, ends, sinceS, event, eose, closed, refusals: () => refusals };
}

const addrsOf = (count: number) => Array.from({ length: count }, randomHex);

Deno.test("addrs are asked for in chunks, and the end comes when each has told all", () => {
  const { reading, reqs, ends, eose, sinceS } = createWorld();
  reading.watch(addrsOf(1_200));
  assert.deepEqual(reqs.map(({ filter }) => filter["#q"].length), [500, 500, 200]);
  assert.ok(reqs.every(({ filter }) => filter.since === sinceS));
  for (const { id } of reqs.slice(0, 2)) eose(id);
  assert.deepEqual(ends, []);
  eose(reqs[2]!.id);
  assert.deepEqual(ends, [null]);
});

Deno.test("an answer that was cut is paged until nothing new comes", () => {
  const { reading, reqs, ends, event, eose } = createWorld();
  const addrs = addrsOf(1);
  reading.watch(addrs);
  const times = Array.from({ length: 25 }, (_, i) => nowS() - i * 10);
  const page = (id: string, from: number, to: number) => {
    for (const created_at of times.slice(from, to)) event(id, makeMail(addrs[0]!, { created_at }));
    eose(id);
  };
  page(reqs[0]!.id, 0, 10);
  assert.equal(reqs[1]!.filter.until, times[9]! - 1);
  page(reqs[1]!.id, 10, 20);
  assert.equal(reqs[2]!.filter.until, times[19]! - 1);
  page(reqs[2]!.id, 20, 25);
  assert.equal(reqs.length, 3);
  assert.deepEqual(ends, [times[0]]);
});

Deno.test("a relay that refuses a filter gets smaller ones, and at last is given up", () => {
  const { reading, reqs, closed, refusals } = createWorld();
  reading.watch(addrsOf(500));
  closed(reqs.at(-1)!.id);
  assert.equal(reqs.at(-1)!.filter["#q"].length, 100);
  closed(reqs.at(-1)!.id);
  assert.equal(reqs.at(-1)!.filter["#q"].length, 20);
  closed(reqs.at(-1)!.id);
  assert.equal(refusals(), 1);
});

Deno.test("a relay that refuses several filters at once has not refused the smaller ones as well", () => {
  const { reading, reqs, closed, refusals } = createWorld();
  reading.watch(addrsOf(1_200));
  const ids = reqs.splice(0).map(({ id }) => id);
  for (const id of ids) closed(id);
  assert.deepEqual(reqs.map(({ filter }) => filter["#q"].length), Array(12).fill(100));
  assert.equal(refusals(), 0);
});

Deno.test("who comes is asked for in the chunk that has room, with little of what was", () => {
  const { reading, reqs, closes } = createWorld();
  const addrs = addrsOf(2);
  reading.watch(addrs);
  reading.watch([...addrs, ...addrsOf(1)]);
  assert.deepEqual(reqs.map(({ id, filter }) => [id, filter["#q"].length]), [["m0", 2], ["m0", 3]]);
  assert.ok(reqs[1]!.filter.since >= nowS() - 301);
  reading.watch([]);
  assert.deepEqual(closes, ["m0"]);
});

Deno.test("what belongs to nothing that was asked is no mail, and is counted", () => {
  const { reading, event } = createWorld();
  const [addr] = addrsOf(1);
  reading.watch([addr!]);
  assert.equal(event("other", makeMail(addr!)), null);
  for (const text of ["", "{}", "[]", '["EVENT"]', '["EVENT","m0",{}]', "x".repeat(1000)]) {
    assert.equal(reading.receive(text), null);
  }
  assert.equal(reading.faults, 7);
  assert.equal(reading.receive('["COUNT","m0",{}]'), null);
  assert.equal(reading.faults, 7);
});
