import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { kindClass } from "../../../protocol/nostr_event.ts";
import {
  authorKey,
  EVENTS_VERSION,
  firstSecond,
  publicEvent,
  seededRandom,
} from "../../../scripts/bench/public_events.ts";

const FIRST_S = 1_790_000_000;

Deno.test("the same number always gives the same event, another number another one", () => {
  assert.deepEqual(publicEvent(5, FIRST_S), publicEvent(5, FIRST_S));
  assert.notEqual(
    publicEvent(5, FIRST_S).template.content,
    publicEvent(6, FIRST_S).template.content,
  );
});

Deno.test("the events are those of their version", () => {
  const events = Array.from({ length: 100 }, (_, index) => {
    const { template, author } = publicEvent(index, FIRST_S);
    return { ...template, pubkey: authorKey(author).pubkey };
  });
  const digest = createHash("sha256").update(JSON.stringify(events)).digest("hex");
  // Where this fails, the version has to go up: else old signed events are taken for the new ones.
  assert.deepEqual([EVENTS_VERSION, digest.slice(0, 16)], [1, "7f62fdb326f70dd5"]);
});

Deno.test("an event is of a regular kind, a second after the one before, and about 1 KB as JSON", () => {
  for (let index = 0; index < 100; index += 1) {
    const { template, author } = publicEvent(index, FIRST_S);
    const { pubkey } = authorKey(author);
    const json = JSON.stringify({ ...template, pubkey, id: "0".repeat(64), sig: "0".repeat(128) });
    assert.equal(kindClass(template.kind), "regular");
    assert.equal(template.created_at, FIRST_S + index);
    assert.ok(json.length > 950 && json.length < 1_080, `${json.length} bytes`);
  }
});

Deno.test("two million events from the first second on are all in the past, at any time of a month", () => {
  for (
    const now of ["2026-03-01T00:00:00Z", "2026-12-31T23:59:59Z"].map((text) => Date.parse(text))
  ) {
    assert.ok(firstSecond(now) + 2_000_000 < now / 1000);
    assert.ok(firstSecond(now) > now / 1000 - 62 * 86_400);
  }
});

Deno.test("random numbers are spread over what is asked for", () => {
  const counts = new Uint32Array(10);
  const random = seededRandom(1);
  for (let i = 0; i < 10_000; i += 1) counts[random(10)]! += 1;
  for (const count of counts) assert.ok(count > 850 && count < 1_150, `${counts}`);
});
