import { type BenchSocket, closeAll, connectMany } from "./relay_client.ts";
import { GIVE_UP_MS, orGiveUp, RelayFailure, watchSilence } from "./relay_failure.ts";

/** Events that a connection has on the way to the relay, as a client does that catches up. */
export const IN_FLIGHT = 16;

/** Where a frame's verb has its second letter, which tells EVENT and OK from the others without parsing. */
const LETTER_AT = 3;
const [V, K] = ["V", "K"].map((letter) => letter.charCodeAt(0));

/**
 * Publishes over connections of its own, as {@link publishAll} does.
 *
 * @returns how long it took with the connections there, in seconds
 */
export async function publishOver(
  url: string,
  { connections, events }: { connections: number; events: readonly string[] },
): Promise<number> {
  const sockets = await connectMany(url, connections);
  try {
    return await publishAll(sockets, events);
  } finally {
    await closeAll(sockets);
  }
}

/**
 * Publishes events of a list over some sockets, {@link IN_FLIGHT} at a time on each, until all have a positive OK.
 *
 * @param events their JSON
 * @returns how long it took, in seconds
 * @throws RelayFailure where the relay refuses one, or falls silent
 */
export async function publishAll(
  sockets: readonly BenchSocket[],
  events: readonly string[],
): Promise<number> {
  const frames = events.map((json) => `["EVENT",${json}]`);
  let [next, answered] = [0, 0];
  using watch = watchSilence(() => `no OK for ${next - answered} of ${next} events`);
  const startedMs = performance.now();
  const published = sockets.map((socket) => {
    const done = Promise.withResolvers<void>();
    let inFlight = 0;
    const fill = () => {
      for (; inFlight < IN_FLIGHT && next < frames.length; inFlight += 1) {
        socket.sendText(frames[next++]!);
      }
      if (inFlight === 0) done.resolve();
    };
    socket.onBytes((frame) => {
      if (frame[LETTER_AT] !== K) return;
      const [, , accepted, message] = JSON.parse(frame.toString());
      if (accepted !== true) return done.reject(new RelayFailure(`refused: ${message}`));
      watch.heard();
      answered += 1;
      inFlight -= 1;
      fill();
    });
    fill();
    return Promise.race([done.promise, socket.ended]);
  });
  await Promise.race([Promise.all(published), watch.silent]);
  return (performance.now() - startedMs) / 1000;
}

/** What came of asking again and again. */
export interface Asked {
  latenciesMs: number[];
  /** NaN where nothing was answered. */
  perS: number;
  /** Mean of the answers. */
  eventsEach: number;
  /** REQs that got no EOSE: their connections asked no more. */
  unanswered: number;
}

/**
 * Asks over each socket, one REQ after the other, for some seconds.
 *
 * @throws RelayFailure where the relay answers with anything but events and EOSE
 */
export async function askFor(
  seconds: number,
  { sockets, nextFilter }: { sockets: readonly BenchSocket[]; nextFilter: () => unknown },
): Promise<Asked> {
  const latenciesMs: number[] = [];
  let [events, unanswered] = [0, 0];
  const startedMs = performance.now();
  const endMs = startedMs + seconds * 1000;
  await Promise.all(sockets.map(async (socket) => {
    for (let request = 0; performance.now() < endMs; request += 1) {
      const sentMs = performance.now();
      const came = await ask(socket, { id: `r${request}`, filter: nextFilter() });
      if (came === null) return void (unanswered += 1);
      events += came;
      latenciesMs.push(performance.now() - sentMs);
    }
  }));
  const asked = latenciesMs.length;
  const perS = asked === 0 ? NaN : asked / seconds;
  return { latenciesMs, perS, eventsEach: events / asked, unanswered };
}

/** Asks for what is stored, and closes the subscription. Returns how many events came; null where no EOSE did. */
function ask(
  socket: BenchSocket,
  { id, filter }: { id: string; filter: unknown },
): Promise<number | null> {
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  const timer = setTimeout(() => resolve(null), GIVE_UP_MS);
  let events = 0;
  socket.onBytes((frame) => {
    if (frame[LETTER_AT] === V) return void (events += 1);
    const [verb, subject] = JSON.parse(frame.toString());
    // Some relays confirm the CLOSE of the subscription before.
    if (subject !== id && verb !== "NOTICE") return;
    if (verb !== "EOSE") return reject(new RelayFailure(`the relay said ${frame}`));
    socket.send("CLOSE", id);
    resolve(events);
  });
  socket.send("REQ", id, filter);
  return Promise.race([promise, socket.ended]).finally(() => clearTimeout(timer));
}

/**
 * Publishes events one at a time to subscribers that all match.
 *
 * @returns for each, the milliseconds until the last subscriber had it
 * @throws RelayFailure where one does not get it
 */
export async function fanOutEach(
  events: readonly string[],
  { from, to }: { from: BenchSocket; to: readonly BenchSocket[] },
): Promise<number[]> {
  const timesMs: number[] = [];
  for (const json of events) {
    const done = Promise.withResolvers<void>();
    let left = to.length;
    for (const socket of to) {
      socket.onBytes((frame) => {
        if (frame[LETTER_AT] !== V) return;
        left -= 1;
        if (left === 0) done.resolve();
      });
    }
    const startedMs = performance.now();
    from.sendText(`["EVENT",${json}]`);
    const missing = () => `no event for ${left} of ${to.length} subscribers`;
    await orGiveUp(Promise.race([done.promise, from.ended]), missing);
    timesMs.push(performance.now() - startedMs);
  }
  return timesMs;
}
