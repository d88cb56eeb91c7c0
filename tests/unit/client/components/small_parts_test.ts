import assert from "node:assert/strict";
import { whenInSight } from "../../../../client/components/attachment/in_sight.ts";
import { isAboutHandle } from "../../../../client/components/about_handle.ts";
import { createDemo } from "../../../../client/components/demo_seal.ts";
import { nearEdge } from "../../../../client/components/near_edge.ts";
import { oneAtATime } from "../../../../client/components/one_at_a_time.ts";
import { drawPositions } from "../../../../client/components/phrase_positions.ts";
import { relayName } from "../../../../client/components/relay_name.ts";
import { UserError } from "../../../../client/user_error.ts";

Deno.test("three different words of the phrase are asked for, in order", () => {
  for (let round = 0; round < 200; round++) {
    const positions = drawPositions({ of: 12, count: 3 });
    assert.equal(new Set(positions).size, 3);
    assert.deepEqual(positions, [...positions].sort((a, b) => a - b));
    for (const position of positions) assert.ok(position >= 1 && position <= 12);
  }
});

Deno.test("every word of the phrase can be asked for", () => {
  const seen = new Set<number>();
  for (let round = 0; round < 2000; round++) {
    for (const position of drawPositions({ of: 12, count: 3 })) seen.add(position);
  }
  assert.equal(seen.size, 12);
  assert.deepEqual(drawPositions({ of: 12, count: 3, random: () => 0.999999 }), [10, 11, 12]);
  assert.deepEqual(drawPositions({ of: 2, count: 3, random: () => 0 }), [1, 2]);
});

Deno.test("a relay is called by its host", () => {
  assert.equal(relayName("wss://kez.lat/relay"), "kez.lat");
  assert.equal(relayName("ws://127.0.0.1:6970/"), "127.0.0.1:6970");
  assert.equal(relayName("nonsense"), "nonsense");
});

Deno.test("only what another handle mends is told at the handle's field", () => {
  assert.equal(isAboutHandle(new UserError("handle_taken")), true);
  assert.equal(isAboutHandle(new UserError("no_network")), false);
  assert.equal(isAboutHandle(new Error("handle_taken")), false);
});

Deno.test("the demonstration seals by the real code: the words are not in it, and they come out again", async () => {
  const deliver = createDemo({
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    nowMs: () => Date.now(),
  });
  const sizes = new Set<number>();
  for (const text of ["a", "See you at the harbour at six?", "<script>alert(1)</script>"]) {
    const { sealed, opened } = await deliver(text);
    assert.equal(opened, text);
    assert.ok(!sealed.includes(text) || text === "a");
    sizes.add(sealed.length);
  }
  assert.equal(sizes.size, 1, "a length tells nothing about a short message");
});

/** Attaches to an element whose observers are told what `tell` says. */
function attachObserved(attach: (element: HTMLElement) => () => void) {
  const original = globalThis.IntersectionObserver;
  let deliver: (changes: { isIntersecting: boolean }[]) => void = () => {};
  class Observer {
    constructor(onChanges: typeof deliver) {
      deliver = onChanges;
    }
    observe(): void {}
    disconnect(): void {
      deliver = () => {};
    }
  }
  globalThis.IntersectionObserver = Observer as unknown as typeof IntersectionObserver;
  try {
    attach({ closest: () => null } as unknown as HTMLElement);
  } finally {
    globalThis.IntersectionObserver = original;
  }
  return {
    tell: (...seen: boolean[]) => deliver(seen.map((isIntersecting) => ({ isIntersecting }))),
  };
}

Deno.test("an edge that came near before anybody was told of it loads more; one that has left does not", () => {
  let loads = 0;
  const edge = attachObserved(nearEdge(() => void loads++));
  edge.tell(false);
  assert.equal(loads, 0);
  edge.tell(false, true);
  assert.equal(loads, 1);
  edge.tell(true, false);
  assert.equal(loads, 1);
  edge.tell(true);
  assert.equal(loads, 2);
});

Deno.test("a photo that came into sight before anybody was told of it is shown, once", () => {
  let shown = 0;
  const photo = attachObserved(whenInSight(() => void shown++));
  photo.tell(false);
  assert.equal(shown, 0);
  photo.tell(false, true, false);
  assert.equal(shown, 1);
  photo.tell(true);
  assert.equal(shown, 1);
});

Deno.test("what is asked for while it runs runs once more behind that, however often it was asked", async () => {
  const steps: PromiseWithResolvers<void>[] = [];
  let running = 0;
  const ask = oneAtATime(async () => {
    assert.equal(++running, 1);
    const step = Promise.withResolvers<void>();
    steps.push(step);
    await step.promise;
    running--;
  });
  const first = ask();
  await Promise.all([ask(), ask()]);
  assert.equal(steps.length, 1);
  steps[0]!.resolve();
  while (steps.length < 2) await Promise.resolve();
  steps[1]!.resolve();
  await first;
  assert.equal(steps.length, 2);
  const again = ask();
  assert.equal(steps.length, 3);
  steps[2]!.resolve();
  await again;
});
