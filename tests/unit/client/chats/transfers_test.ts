import assert from "node:assert/strict";
import { createTransfers } from "../../../../client/chats/files/transfers.ts";

const FILE = { from: "ed25519:aa", id: "1" };

/** A timer that rings when it is told to. */
function handTimer() {
  let ring: (() => void) | null = null;
  return {
    setTimer(callback: () => void) {
      ring = callback;
      return () => ring = null;
    },
    ring: () => ring?.(),
  };
}

Deno.test("progress is told in steps, and that it is over", () => {
  const transfers = createTransfers();
  const seen: (number | null)[] = [];
  transfers.onChange(() => seen.push(transfers.progressOf(FILE)));
  const { note, end } = transfers.begin(FILE);
  for (const share of [0.001, 0.5, 0.501, 1, 1.2]) note(share);
  end();
  assert.deepEqual(seen, [0, 0.5, 1, null]);
});

Deno.test("what is over soon is never told", () => {
  const timer = handTimer();
  const transfers = createTransfers({ ...timer, toldAfterMs: 250 });
  let told = 0;
  transfers.onChange(() => told++);
  const { note, end } = transfers.begin(FILE);
  note(0.5);
  assert.equal(transfers.progressOf(FILE), null);
  assert.ok(transfers.has(FILE));
  end();
  timer.ring();
  assert.equal(told, 0);
  const second = transfers.begin(FILE);
  second.note(0.5);
  timer.ring();
  assert.equal(transfers.progressOf(FILE), 0.5);
  second.end();
  assert.equal(told, 2);
});

Deno.test("one is cancelled alone, and all of them when it stops, the later ones too", () => {
  const transfers = createTransfers();
  const [one, other] = [transfers.begin(FILE), transfers.begin({ ...FILE, id: "2" })];
  transfers.cancel(FILE);
  assert.deepEqual([one.signal.aborted, other.signal.aborted], [true, false]);
  transfers.stop();
  assert.ok(other.signal.aborted);
  assert.ok(transfers.begin({ ...FILE, id: "3" }).signal.aborted);
});
