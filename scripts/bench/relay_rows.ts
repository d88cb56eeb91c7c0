import {
  authorKey,
  AUTHORS,
  firstSecond,
  KINDS,
  seededRandom,
  topicName,
  TOPICS,
} from "./public_events.ts";
import { closeAll, connectBench, connectMany, makeKey, signFast } from "./relay_client.ts";
import { GIVE_UP_MS, RelayFailure } from "./relay_failure.ts";
import { type Asked, askFor, fanOutEach, IN_FLIGHT, publishOver } from "./relay_load.ts";
import { formatNumber, type Measurement, percentile } from "./report.ts";

/** A measured value that is compared with others of its name; NaN, with the reason as its note, where a relay failed. */
export interface Row extends Measurement {
  /** `zero` where anything above is a fault; the row is shown only where there is one. */
  better: "more" | "less" | "zero";
}

/** Events of an answer at most. */
const ANSWER_EVENTS = 50;
/** Connections that ask one REQ after the other: a few for the time of one, many for the rate of all. */
const REQ_LATENCY_CONNECTIONS = 4;
const REQ_RATE_CONNECTIONS = 32;
const REQ_SECONDS = 3;
const REQ_WARM_SECONDS = 0.5;
const FAN_OUTS = 40;

/** What a measurement gave; or, where the relay failed, what stands for it and why. */
interface Outcome<T> {
  result: T;
  note?: string;
}

/** A relay that fails at one measurement is measured on. */
async function attempt<T>(measure: () => Promise<T>, otherwise: T): Promise<Outcome<T>> {
  try {
    return { result: await measure() };
  } catch (error) {
    if (!(error instanceof RelayFailure)) throw error;
    return { result: otherwise, note: error.message };
  }
}

/** Durable OKs a second over a number of connections. */
export async function ingestRow(
  url: string,
  { connections, events }: { connections: number; events: readonly string[] },
): Promise<Row> {
  const { result: seconds, ...note } = await attempt(
    () => publishOver(url, { connections, events }),
    NaN,
  );
  const value = events.length / seconds;
  return { name: ingestName(connections), value, unit: "events/s", better: "more", ...note };
}

/** The name of the row for a number of connections. */
export function ingestName(connections: number): string {
  return `ingest, ${connections} connection${connections === 1 ? "" : "s"}, ${IN_FLIGHT} in flight`;
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
export async function reqRows(
  url: string,
  stored: StoredIds,
): Promise<{ rows: Row[]; note: string }> {
  const rows: Row[] = [];
  const sizes: string[] = [];
  for (const [shape, nextFilter] of Object.entries(filterShapes(stored))) {
    const { result, ...note } = await attempt(() => askBothWays(url, nextFilter), NOTHING_ASKED);
    rows.push(...shapeRows(shape, { ...result, ...note }));
    if (result.eventsEach >= 0) sizes.push(`${formatNumber(result.eventsEach)} by ${shape}`);
  }
  return { rows, note: `events an answer: ${sizes.join(", ")}` };
}

const NO_EOSE = `no EOSE within ${GIVE_UP_MS / 1000} s`;
const NOTHING_ASKED: Asked = { latenciesMs: [], perS: NaN, eventsEach: NaN, unanswered: 0 };

/** Times over few connections, the rate over many. */
async function askBothWays(url: string, nextFilter: () => unknown): Promise<Asked> {
  const sockets = await connectMany(url, REQ_RATE_CONNECTIONS);
  try {
    const few = sockets.slice(0, REQ_LATENCY_CONNECTIONS);
    await askFor(REQ_WARM_SECONDS, { sockets: few, nextFilter });
    const alone = await askFor(REQ_SECONDS, { sockets: few, nextFilter });
    const together = await askFor(REQ_SECONDS, { sockets, nextFilter });
    const unanswered = alone.unanswered + together.unanswered;
    return { ...alone, perS: together.perS, unanswered };
  } finally {
    await closeAll(sockets);
  }
}

/** The rows of one shape of query. */
export function shapeRows(
  shape: string,
  { latenciesMs, perS, unanswered, note }: Asked & { note?: string },
): Row[] {
  const name = `REQ by ${shape}`;
  const failure = note ?? (latenciesMs.length === 0 ? NO_EOSE : undefined);
  const noted = failure === undefined ? {} : { note: failure };
  return [
    { name, value: perS, unit: "/s", better: "more", ...noted },
    ...timeRows(name, { timesMs: latenciesMs, ...noted }),
    { name: `${name}, without EOSE`, value: unanswered, unit: "", better: "zero" },
  ];
}

/** One event to a number of subscribers, until the last has it. */
export async function fanOutRows(url: string, subscribers: number): Promise<Row[]> {
  const { result: timesMs, ...note } = await attempt(() => measureFanOut(url, subscribers), []);
  return timeRows(fanOutName(subscribers), { timesMs, ...note });
}

/** What the names of the rows for a number of subscribers begin with. */
export function fanOutName(subscribers: number): string {
  return `fan-out to ${subscribers.toLocaleString("en-GB")}`;
}

async function measureFanOut(url: string, subscribers: number): Promise<number[]> {
  const topic = `fan-out-${crypto.randomUUID()}`;
  const to = await connectMany(url, subscribers);
  const from = await connectBench(url);
  try {
    for (const socket of to) await socket.subscribe("live", { kinds: [1], "#t": [topic] });
    return await fanOutEach(makeNotes(topic, FAN_OUTS), { from, to });
  } finally {
    await closeAll([from, ...to]);
  }
}

/** The median and the 99th percentile of some times. */
export function timeRows(
  name: string,
  { timesMs, ...note }: { timesMs: readonly number[]; note?: string },
): Row[] {
  return [50, 99].map((percent) => ({
    name: `${name}, p${percent}`,
    value: percentile(timesMs, percent),
    unit: "ms",
    better: "less",
    ...note,
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
