import {
  authorKey,
  AUTHORS,
  firstSecond,
  KINDS,
  seededRandom,
  topicName,
  TOPICS,
} from "./public_events.ts";
import {
  type BenchSocket,
  closeAll,
  connectBench,
  connectMany,
  makeKey,
  signFast,
} from "./relay_client.ts";
import { type Asked, askFor, fanOutEach, IN_FLIGHT, publishAll } from "./relay_load.ts";
import { type Aim, percentile } from "./report.ts";

/** A measured value that is compared with others of its name. */
export interface Row {
  name: string;
  value: number;
  unit: string;
  /** `same` where a difference would mean that the others cannot be compared. */
  better: "more" | "less" | "same";
  aim?: Aim;
}

/** Events of an answer at most. */
const ANSWER_EVENTS = 50;
/** Connections that ask one REQ after the other: a few for the time of one, many for the rate of all. */
const REQ_LATENCY_CONNECTIONS = 4;
const REQ_RATE_CONNECTIONS = 32;
const REQ_SECONDS = 3;
const REQ_WARM_SECONDS = 0.5;
const FAN_OUTS = 40;

/** Durable OKs a second over a number of connections. */
export async function ingestRow(
  url: string,
  { connections, events }: { connections: number; events: readonly string[] },
): Promise<Row> {
  const sockets = await connectMany(url, connections);
  const seconds = await publishAll(sockets, events);
  await closeAll(sockets);
  return {
    name: `ingest, ${connections} connection${
      connections === 1 ? "" : "s"
    }, ${IN_FLIGHT} in flight`,
    value: events.length / seconds,
    unit: "events/s",
    better: "more",
    ...(connections === 50 ? { aim: { atLeast: 2_000 } } : {}),
  };
}

/** What a store is asked, one shape of query each. */
export interface StoredIds {
  /** Events in the store, numbered from 0. */
  count: number;
  /** The id of one of them. */
  idOf(index: number): string;
}

/** Filters of each shape, at random over what is stored. */
export function filterShapes({ count, idOf }: StoredIds): Record<string, () => unknown> {
  const random = seededRandom(0);
  const firstS = firstSecond(Date.now());
  const limit = ANSWER_EVENTS;
  return {
    author: () => ({ authors: [authorKey(random(AUTHORS)).pubkey], limit }),
    kind: () => ({
      kinds: [KINDS[random(KINDS.length)]],
      // Somewhere in the middle: the newest of a kind alone would always be in the cache.
      until: firstS + Math.ceil(count / 10) + random(count),
      limit,
    }),
    tag: () => ({ "#t": [topicName(random(TOPICS))], limit }),
    id: () => ({ ids: [idOf(random(count))] }),
  };
}

/** REQs by author, kind, tag and id: how long one takes, and how many of them at once are answered. */
export async function reqRows(url: string, stored: StoredIds): Promise<Row[]> {
  const sockets = await connectMany(url, REQ_RATE_CONNECTIONS);
  const few = sockets.slice(0, REQ_LATENCY_CONNECTIONS);
  const rows: Row[] = [];
  for (const [shape, nextFilter] of Object.entries(filterShapes(stored))) {
    await askFor(REQ_WARM_SECONDS, { sockets: few, nextFilter });
    const alone = await askFor(REQ_SECONDS, { sockets: few, nextFilter });
    const { perS, unanswered } = await askFor(REQ_SECONDS, { sockets, nextFilter });
    rows.push(...shapeRows(`REQ by ${shape}`, { ...alone, perS, unanswered }));
  }
  await closeAll(sockets);
  return rows;
}

function shapeRows(name: string, { latenciesMs, perS, eventsEach, unanswered }: Asked): Row[] {
  const unit = "ms";
  const better = "less";
  const [p50, p99] = [50, 99].map((percent) => percentile(latenciesMs, percent));
  return [
    { name, value: perS, unit: "/s", better: "more" },
    { name: `${name}, p50`, value: p50!, unit, better },
    { name: `${name}, p99`, value: p99!, unit, better, aim: { atMost: 10 } },
    { name: `${name}, events an answer`, value: eventsEach, unit: "", better: "same" },
    { name: `${name}, without EOSE`, value: unanswered, unit: "", better: "same" },
  ];
}

/** One event to a number of subscribers, until the last has it. */
export async function fanOutRows(url: string, subscribers: number): Promise<Row[]> {
  const topic = `fan-out-${crypto.randomUUID()}`;
  const to = await connectMany(url, subscribers);
  for (const socket of to) await socket.subscribe("live", { kinds: [1], "#t": [topic] });
  const from: BenchSocket = await connectBench(url);
  const timesMs = await fanOutEach(makeNotes(topic, FAN_OUTS), { from, to });
  await closeAll([from, ...to]);
  const name = `fan-out to ${subscribers.toLocaleString("en-GB")}`;
  const aim = subscribers === 1_000 ? { aim: { atMost: 50 } } : {};
  return [50, 99].map((percent) => ({
    name: `${name}, p${percent}`,
    value: percentile(timesMs, percent),
    unit: "ms",
    better: "less",
    ...aim,
  }));
}

function makeNotes(topic: string, count: number): string[] {
  const key = makeKey();
  const created_at = Math.floor(Date.now() / 1000);
  return Array.from({ length: count }, (_, i) => {
    const content = `${i} `.padEnd(600, "x");
    return JSON.stringify(signFast({ kind: 1, created_at, tags: [["t", topic]], content }, key));
  });
}
