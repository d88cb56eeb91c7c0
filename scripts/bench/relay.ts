import { fileURLToPath } from "node:url";
import type { NostrEvent } from "../../protocol/nostr_event.ts";
import { type RelayProcess, startRelayScript } from "../../tests/support/relay_process.ts";
import { type BenchSocket, closeAll, connectMany, makeKey, makeMails } from "./relay_client.ts";
import { formatTable, type Measurement, percentile } from "./report.ts";

const TARGET = fileURLToPath(new URL("./relay_target.ts", import.meta.url));
const INGEST_EVENTS = 6_000;
/** Events that a connection has on the way to the relay, as a client does that catches up. */
const IN_FLIGHT = 16;
const DELIVERIES = 1_000;
const DELIVERIES_PER_S = 200;
const DELIVERY_SUBSCRIBERS = 500;
const FAN_OUT_SOCKETS = 1_000;
const FAN_OUT_EVENTS = 20;
const REQ_SECONDS = 3;
const REQ_CONNECTIONS = 8;
const MAILBOX_EVENTS = 20;

/** Ingest, delivery, fan-out, queries and memory of a relay in a process of its own; about a minute. */
export async function benchRelay(): Promise<Measurement[]> {
  await using relay = await startRelayScript([TARGET]);
  await warmUp(relay.url);
  return [
    await benchIngest(relay.url, { connections: 1, events: INGEST_EVENTS / 2 }),
    await benchIngest(relay.url, { connections: 50, events: INGEST_EVENTS }),
    ...await benchDelivery(relay.url),
    await benchQueries(relay.url),
    ...await benchFanOut(relay),
  ];
}

/** Durable OKs a second. */
export async function benchIngest(
  url: string,
  { connections, events }: { connections: number; events: number },
): Promise<Measurement> {
  const waiting = makeMails(makeKey().pubkey, events);
  const sockets = await connectMany(url, connections);
  const startedMs = performance.now();
  await Promise.all(sockets.map((socket) => publishAll(socket, waiting)));
  const seconds = (performance.now() - startedMs) / 1000;
  await closeAll(sockets);
  return {
    name: `ingest with durable OK, ${connections} connection${connections === 1 ? "" : "s"}`,
    value: events / seconds,
    unit: "events/s",
    note: `${IN_FLIGHT} in flight on each`,
    ...(connections === 1 ? {} : { aim: { atLeast: 1_500 } }),
  };
}

/** Publish to delivery, with subscribers of whom one matches. */
export async function benchDelivery(url: string): Promise<Measurement[]> {
  const reader = makeKey();
  const [own, ...others] = await connectMany(url, DELIVERY_SUBSCRIBERS);
  await own!.auth(reader);
  const kinds = [4243, 1];
  await own!.subscribe("mail", { kinds, "#q": [reader.pubkey] });
  await Promise.all(
    others.map((socket) => socket.subscribe("mail", { kinds, "#q": [makeKey().pubkey] })),
  );
  const [writer] = await connectMany(url, 1);
  const latenciesMs = await measureDelivery(makeMails(reader.pubkey, DELIVERIES), {
    from: writer!,
    to: own!,
  });
  await closeAll([own!, writer!, ...others]);
  const note = `${DELIVERIES_PER_S} events/s, ${DELIVERY_SUBSCRIBERS} subscribers, one matches`;
  return [50, 95, 99].map((percent) => ({
    name: `publish to delivery, p${percent}`,
    value: percentile(latenciesMs, percent),
    unit: "ms",
    note,
    ...(percent === 99 ? { aim: { atMost: 25 } } : {}),
  }));
}

/** Catching up on a mailbox. */
export async function benchQueries(url: string): Promise<Measurement> {
  const sockets = await connectMany(url, REQ_CONNECTIONS);
  const ask = await Promise.all(sockets.map(async (socket) => {
    const reader = makeKey();
    await socket.auth(reader);
    await publishAll(socket, makeMails(reader.pubkey, MAILBOX_EVENTS));
    return { socket, filter: { kinds: [4243], "#q": [reader.pubkey] } };
  }));
  const endMs = performance.now() + REQ_SECONDS * 1000;
  let answered = 0;
  await Promise.all(ask.map(async ({ socket, filter }) => {
    for (; performance.now() < endMs; answered += 1) await socket.subscribe("q", filter);
  }));
  await closeAll(sockets);
  return {
    name: "REQ by #q",
    value: answered / REQ_SECONDS,
    unit: "/s",
    note: `${MAILBOX_EVENTS} events each, ${REQ_CONNECTIONS} connections`,
  };
}

/** One event to a thousand subscribers, and what the thousand cost. */
export async function benchFanOut(relay: RelayProcess): Promise<Measurement[]> {
  const before = await relay.residentBytes();
  const sockets = await connectMany(relay.url, FAN_OUT_SOCKETS);
  const reader = makeKey();
  for (const socket of sockets) await socket.auth(reader);
  const filter = { kinds: [4243], "#q": [reader.pubkey] };
  for (const socket of sockets) await socket.subscribe("mail", filter);
  const after = await relay.residentBytes();
  const timesMs: number[] = [];
  for (const event of makeMails(reader.pubkey, FAN_OUT_EVENTS)) {
    timesMs.push(await fanOutOnce(sockets, event));
  }
  await closeAll(sockets);
  return [
    {
      name: `fan-out of one event to ${FAN_OUT_SOCKETS}`,
      value: percentile(timesMs, 50),
      unit: "ms",
      note: `until the last has it, median of ${FAN_OUT_EVENTS}`,
    },
    { name: "relay memory before", value: before / 2 ** 20, unit: "MB", note: "after the rest" },
    { name: `relay memory with ${FAN_OUT_SOCKETS} sockets`, value: after / 2 ** 20, unit: "MB" },
  ];
}

/** Starts the relay's Workers and lets the compiler see the code. */
async function warmUp(url: string): Promise<void> {
  const sockets = await connectMany(url, 4);
  const waiting = makeMails(makeKey().pubkey, 600);
  await Promise.all(sockets.map((socket) => publishAll(socket, waiting)));
  await closeAll(sockets);
}

/** Publishes what is left in a list shared with others, {@link IN_FLIGHT} at a time. */
function publishAll(socket: BenchSocket, waiting: NostrEvent[]): Promise<void> {
  const done = Promise.withResolvers<void>();
  let inFlight = 0;
  const fill = () => {
    while (inFlight < IN_FLIGHT && waiting.length > 0) {
      inFlight += 1;
      socket.send("EVENT", waiting.pop());
    }
    if (inFlight === 0) done.resolve();
  };
  socket.onFrame(([verb, , accepted, message]) => {
    if (verb !== "OK") return;
    if (accepted !== true) return done.reject(new Error(`refused: ${message}`));
    inFlight -= 1;
    fill();
  });
  fill();
  return done.promise;
}

async function measureDelivery(
  events: NostrEvent[],
  { from, to }: { from: BenchSocket; to: BenchSocket },
): Promise<number[]> {
  const sentAtMs = new Map<string, number>();
  const latenciesMs: number[] = [];
  const done = Promise.withResolvers<void>();
  to.onFrame(([verb, , event]) => {
    if (verb !== "EVENT") return;
    latenciesMs.push(performance.now() - sentAtMs.get((event as NostrEvent).id)!);
    if (latenciesMs.length === events.length) done.resolve();
  });
  const startedMs = performance.now();
  let next = 0;
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - startedMs) / 1000) * DELIVERIES_PER_S);
    for (; next < Math.min(due, events.length); next += 1) {
      sentAtMs.set(events[next]!.id, performance.now());
      from.send("EVENT", events[next]);
    }
    if (next === events.length) clearInterval(timer);
  }, 1);
  await done.promise;
  return latenciesMs;
}

async function fanOutOnce(sockets: BenchSocket[], event: NostrEvent): Promise<number> {
  const done = Promise.withResolvers<void>();
  let left = sockets.length;
  for (const socket of sockets) {
    socket.onFrame(([verb]) => {
      if (verb !== "EVENT") return;
      left -= 1;
      if (left === 0) done.resolve();
    });
  }
  const startedMs = performance.now();
  sockets[0]!.send("EVENT", event);
  await done.promise;
  return performance.now() - startedMs;
}

if (import.meta.main) console.log(formatTable("relay", await benchRelay()));
