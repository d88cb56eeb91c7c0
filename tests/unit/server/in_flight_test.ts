import assert from "node:assert/strict";
import { createInFlight } from "../../../server/in_flight.ts";

Deno.test("one client has its share, and the others theirs", () => {
  const inFlight = createInFlight({ maxTotal: 5, maxPerClient: 2 });
  const leave = inFlight.enter("a");
  assert.ok(leave);
  assert.ok(inFlight.enter("a"));
  assert.equal(inFlight.enter("a"), null);
  assert.ok(inFlight.enter("b"));
  leave();
  assert.ok(inFlight.enter("a"));
  assert.equal(inFlight.enter("a"), null);
});

Deno.test("the total holds for everybody, and nobody in particular has no other bound", () => {
  const inFlight = createInFlight({ maxTotal: 4, maxPerClient: 1 });
  const leaves = Array.from({ length: 4 }, () => inFlight.enter(null));
  assert.ok(leaves.every((leave) => leave !== null));
  assert.equal(inFlight.enter(null), null);
  assert.equal(inFlight.enter("a"), null);
  leaves[0]!();
  assert.ok(inFlight.enter("a"));
});

Deno.test("whatever comes and goes, the counts end where they began", () => {
  const limits = { maxTotal: 20, maxPerClient: 3 };
  const inFlight = createInFlight(limits);
  const inside: Array<{ client: string | null; leave: () => void }> = [];
  const ownOf = (client: string | null) => inside.filter((one) => one.client === client).length;
  let seed = 7;
  const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
  for (let i = 0; i < 5_000; i++) {
    if (random(2) === 0 && inside.length > 0) {
      inside.splice(random(inside.length), 1)[0]!.leave();
      continue;
    }
    const client = [null, "a", "b", "c", "d", "e", "f", "g"][random(8)]!;
    const isFree = inside.length < limits.maxTotal &&
      (client === null || ownOf(client) < limits.maxPerClient);
    const leave = inFlight.enter(client);
    assert.equal(leave !== null, isFree);
    if (leave) inside.push({ client, leave });
  }
  for (const { leave } of inside) leave();
  for (let i = 0; i < limits.maxTotal; i++) assert.ok(inFlight.enter(`new ${i}`));
  assert.equal(inFlight.enter(null), null);
});
