import { type Contestant, startOwn } from "./contestant.ts";
import {
  type BenchSocket,
  closeAll,
  connectBench,
  connectMany,
  idIn,
  makeKey,
  makeMails,
} from "./relay_client.ts";
import { fanOutEach, IN_FLIGHT, publishAll, publishOver } from "./relay_load.ts";
import { type Measurement, percentile } from "./report.ts";

const WARM_UP_CONNECTIONS = 4;
const WARM_UP_EVENTS = 600;
const INGEST_EVENTS = 6_000;
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
  await using relay = await startOwn({ fsync: "full", policy: "members" });
  // Starts the relay's Workers and lets the compiler see the code.
  const events = makeMails(makeKey().pubkey, WARM_UP_EVENTS);
  await publishOver(relay.url, { connections: WARM_UP_CONNECTIONS, events });
  return [
    await benchIngest(relay.url, { connections: 1, count: INGEST_EVENTS / 2 }),
    await benchIngest(relay.url, { connections: 50, count: INGEST_EVENTS }),
    ...await benchDelivery(relay.url),
    await benchQueries(relay.url),
    ...await benchFanOut(relay),
  ];
}

/** Durable OKs a second. */
async function benchIngest(
  url: string,
  { connections, count }: { connections: number; count: number },
): Promise<Measurement> {
  const events = makeMails(makeKey().pubkey, count);
  const seconds = await publishOver(url, { connections, events });
  return {
    name: `ingest with durable OK, ${connections} connection${connections === 1 ? "" : "s"}`,
    value: count / seconds,
    unit: "events/s",
    note: `${IN_FLIGHT} in flight on each`,
    ...(connections === 1 ? {} : { aim: { atLeast: 1_500 } }),
  };
}

/** Publish to delivery, with subscribers of whom one matches. */
async function benchDelivery(url: string): Promise<Measurement[]> {
  const reader = makeKey();
  const [own, ...others] = await connectMany(url, DELIVERY_SUBSCRIBERS);
  await own!.auth(reader);
  const kinds = [4243, 1];
  await own!.subscribe("mail", { kinds, "#q": [reader.pubkey] });
  await Promise.all(
    others.map((socket) => socket.subscribe("mail", { kinds, "#q": [makeKey().pubkey] })),
  );
  const writer = await connectBench(url);
  const latenciesMs = await measureDelivery(makeMails(reader.pubkey, DELIVERIES), {
    from: writer,
    to: own!,
  });
  await closeAll([own!, writer, ...others]);
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
async function benchQueries(url: string): Promise<Measurement> {
  const sockets = await connectMany(url, REQ_CONNECTIONS);
  const ask = await Promise.all(sockets.map(async (socket) => {
    const reader = makeKey();
    await socket.auth(reader);
    await publishAll([socket], makeMails(reader.pubkey, MAILBOX_EVENTS));
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
async function benchFanOut(relay: Contestant): Promise<Measurement[]> {
  const before = await relay.residentBytes();
  const sockets = await connectMany(relay.url, FAN_OUT_SOCKETS);
  const reader = makeKey();
  for (const socket of sockets) await socket.auth(reader);
  const filter = { kinds: [4243], "#q": [reader.pubkey] };
  for (const socket of sockets) await socket.subscribe("mail", filter);
  const after = await relay.residentBytes();
  const events = makeMails(reader.pubkey, FAN_OUT_EVENTS);
  const timesMs = await fanOutEach(events, { from: sockets[0]!, to: sockets });
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

async function measureDelivery(
  events: string[],
  { from, to }: { from: BenchSocket; to: BenchSocket },
): Promise<number[]> {
  const sentAtMs = new Map<string, number>();
  const latenciesMs: number[] = [];
  const done = Promise.withResolvers<void>();
  to.onBytes((frame) => {
    const id = idIn(frame.toString("latin1"));
    if (id === undefined) return;
    latenciesMs.push(performance.now() - sentAtMs.get(id)!);
    if (latenciesMs.length === events.length) done.resolve();
  });
  const startedMs = performance.now();
  let next = 0;
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - startedMs) / 1000) * DELIVERIES_PER_S);
    for (; next < Math.min(due, events.length); next += 1) {
      const frame = `["EVENT",${events[next]}]`;
      sentAtMs.set(idIn(frame)!, performance.now());
      from.sendText(frame);
    }
    if (next === events.length) clearInterval(timer);
  }, 1);
  await done.promise;
  return latenciesMs;
}
