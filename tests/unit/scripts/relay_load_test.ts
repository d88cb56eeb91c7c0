import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { BenchSocket } from "../../../scripts/bench/relay_client.ts";
import { askFor, fanOutEach, IN_FLIGHT, publishAll } from "../../../scripts/bench/relay_load.ts";
import { shapeRows } from "../../../scripts/bench/relay_rows.ts";

const EVENTS = Array.from({ length: 100 }, (_, index) => `{"id":"${index}"}`);

type Say = (...frame: unknown[]) => void;

/** A socket to a relay that answers each frame as it is told to. */
function socketTo(
  answer: (frame: unknown[], say: Say) => void,
  ended: Promise<never> = new Promise(() => {}),
): BenchSocket {
  let take: (frame: Buffer) => void = () => {};
  const say: Say = (...frame) => queueMicrotask(() => take(Buffer.from(JSON.stringify(frame))));
  const sendText = (text: string) => answer(JSON.parse(text), say);
  return {
    sendText,
    send: (...frame) => sendText(JSON.stringify(frame)),
    onFrame: (next) => {
      take = (frame) => next(JSON.parse(frame.toString()));
    },
    onBytes: (next) => {
      take = next;
    },
    auth: () => Promise.resolve(),
    subscribe: () => Promise.resolve(),
    close: () => Promise.resolve(),
    ended,
  };
}

Deno.test("every event is published once, over all sockets, a few in flight on each", async () => {
  const seen: string[] = [];
  let [inFlight, most] = [0, 0];
  const socket = () =>
    socketTo(([, event], say) => {
      const { id } = event as { id: string };
      seen.push(id);
      most = Math.max(most, inFlight += 1);
      setTimeout(() => {
        inFlight -= 1;
        say("OK", id, true, "");
      });
    });
  await publishAll([socket(), socket()], EVENTS);
  assert.deepEqual(seen.map(Number).sort((a, b) => a - b), EVENTS.map((_, index) => index));
  assert.equal(most, 2 * IN_FLIGHT);
});

Deno.test("an event that is refused is a failure of the relay", async () => {
  const socket = socketTo(([, event], say) => {
    say("OK", (event as { id: string }).id, false, "blocked: no");
  });
  await assert.rejects(publishAll([socket], EVENTS), {
    name: "RelayFailure",
    message: "refused: blocked: no",
  });
});

Deno.test("an answer that is neither events nor EOSE is a failure of the relay", async () => {
  const socket = socketTo(([, id], say) => say("CLOSED", id, "error: full"));
  await assert.rejects(askFor(1, { sockets: [socket], nextFilter: () => ({}) }), {
    name: "RelayFailure",
    message: /the relay said .*error: full/,
  });
});

Deno.test("a connection that ends is noticed while it is waited for", async () => {
  const ended = Promise.reject(new Error("ended"));
  const [from, to] = [socketTo(() => {}, ended), socketTo(() => {})];
  await assert.rejects(fanOutEach(EVENTS, { from, to: [to] }), /ended/);
});

Deno.test("queries that nobody answered have no times, and say why", () => {
  const asked = { latenciesMs: [], perS: NaN, eventsEach: NaN, unanswered: 36 };
  const [rate, p50, , unanswered] = shapeRows("tag", asked);
  assert.deepEqual([rate!.value, rate!.note], [NaN, "no EOSE within 5 s"]);
  assert.deepEqual([p50!.value, p50!.note], [NaN, "no EOSE within 5 s"]);
  assert.equal(unanswered!.value, 36);
});
