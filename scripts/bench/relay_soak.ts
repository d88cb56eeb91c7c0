import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Contestant, startOwn } from "./contestant.ts";
import { createDeliveryLedger, type DeliveryLedger } from "./delivery_ledger.ts";
import { fillStore } from "./filled_store.ts";
import { topicName, TOPICS } from "./public_events.ts";
import { type BenchSocket, closeAll, connectBench, connectMany, idIn } from "./relay_client.ts";
import { publishOver } from "./relay_load.ts";
import { formatNumber } from "./report.ts";
import { loadSignedEvents, readSignedEvents } from "./signed_events.ts";
import { formatVerdict, type SoakMinute } from "./soak_verdict.ts";

const MINUTES = 10;
const MINUTE_MS = 60_000;
const STORED_EVENTS = 1_000_000;
/** Each has one topic of its own; events of the other topics have no reader. */
const SUBSCRIBERS = 1_000;
const PUBLISHERS = 10;
/** Of what the relay takes at most. */
const LOAD = 0.7;
const WARM_UP_EVENTS = 2_000;
const CEILING_EVENTS = 20_000;
const CEILING_CONNECTIONS = 50;
const PACE_MS = 5;
/** Somebody connects this often, reads what is stored on a topic, and leaves a second later. */
const VISIT_EVERY_MS = 50;
const VISIT_MS = 1_000;
/** What is not there by then is lost. */
const STRAGGLER_MS = 10_000;

/**
 * A steady load at 70 % of the ceiling, with people who come and go; prints a line each minute, and a verdict.
 *
 * @param storedEvents that the store holds before. Its ceiling falls as it grows, and soon is less than 70 % of what an empty
 *   one takes
 */
export async function soakRelay(
  minutes: number = MINUTES,
  storedEvents: number = STORED_EVENTS,
): Promise<string> {
  const folder = Deno.makeTempDirSync({ prefix: "relay-soak-" });
  try {
    await fillStore(join(folder, "relay.db"), storedEvents);
    return await soakOver(folder, minutes);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

async function soakOver(folder: string, minutes: number): Promise<string> {
  await using relay = await startOwn({ fsync: "full", policy: "open", keptFolder: folder });
  const subscribers = await connectMany(relay.url, SUBSCRIBERS);
  const perS = LOAD * await measureCeiling(relay.url);
  const count = Math.ceil(perS * minutes * 60);
  const first = WARM_UP_EVENTS + CEILING_EVENTS;
  // Signed before the clock starts.
  const events = await readSignedEvents(first, first + count);
  const ledger = createDeliveryLedger();
  await subscribeAll(subscribers, ledger);
  const visits = startVisits(relay.url);
  const lines = [`relay soak, ${formatNumber(perS)} events/s, ${SUBSCRIBERS} subscribers`];
  const say = (line: string) => {
    console.log(line);
    lines.push(`  ${line}`);
  };
  const publishers = await connectMany(relay.url, PUBLISHERS);
  const publishing = publishPaced({ events, perS, publishers, ledger });
  const stopReports = startReports({ relay, ledger, say });
  const { refused } = await publishing;
  await waitFor(() => ledger.outstanding() === 0, STRAGGLER_MS);
  const reported = await stopReports();
  const visitors = await visits.stop();
  await closeAll([...subscribers, ...publishers]);
  say(
    `${formatNumber(count)} published, ${refused} refused, ${ledger.outstanding()} lost, ` +
      `${ledger.doubled()} doubled, ${formatNumber(visitors)} came and went`,
  );
  const faults = { refused, lost: ledger.outstanding(), doubled: ledger.doubled() };
  say(formatVerdict(reported, faults));
  return lines.join("\n");
}

/** Durable OKs a second with the subscribers there. */
async function measureCeiling(url: string): Promise<number> {
  const events = await loadSignedEvents(WARM_UP_EVENTS + CEILING_EVENTS);
  const publish = (part: string[]) =>
    publishOver(url, { connections: CEILING_CONNECTIONS, events: part });
  await publish(events.slice(0, WARM_UP_EVENTS));
  const seconds = await publish(events.slice(WARM_UP_EVENTS));
  return CEILING_EVENTS / seconds;
}

/** Gives every subscriber its topic; what is stored on it already is not asked for. */
async function subscribeAll(
  subscribers: readonly BenchSocket[],
  ledger: DeliveryLedger,
): Promise<void> {
  for (const [i, socket] of subscribers.entries()) {
    await socket.subscribe("live", { "#t": [topicName(i)], limit: 0 });
    socket.onBytes((frame) => {
      const id = idIn(frame.toString("latin1"));
      if (id) ledger.received(id, performance.now());
    });
  }
}

/** Publishes at an even pace, whatever the relay answers. Ends with the last OK. */
async function publishPaced({ events, perS, publishers, ledger }: {
  events: AsyncIterator<string>;
  perS: number;
  publishers: readonly BenchSocket[];
  ledger: DeliveryLedger;
}): Promise<{ refused: number }> {
  let [sent, answered, refused] = [0, 0, 0];
  for (const socket of publishers) {
    socket.onFrame(([verb, , accepted]) => {
      if (verb !== "OK") return;
      answered += 1;
      if (accepted !== true) refused += 1;
    });
  }
  const startedMs = performance.now();
  for (let next = await events.next(); !next.done; next = await events.next()) {
    while (sent >= ((performance.now() - startedMs) / 1000) * perS) await delay(PACE_MS);
    const { id, tags } = JSON.parse(next.value) as { id: string; tags: string[][] };
    if (hasReader(tags)) ledger.sent(id, performance.now());
    publishers[sent % publishers.length]!.sendText(`["EVENT",${next.value}]`);
    sent += 1;
  }
  await waitFor(() => answered === sent, STRAGGLER_MS);
  return { refused: refused + (sent - answered) };
}

const READ_TOPICS = new Set(
  Array.from({ length: Math.min(SUBSCRIBERS, TOPICS) }, (_, i) => topicName(i)),
);

function hasReader(tags: string[][]): boolean {
  return tags.some(([name, value]) => name === "t" && READ_TOPICS.has(value!));
}

function startVisits(url: string): { stop(): Promise<number> } {
  const visits = new Set<Promise<void>>();
  let count = 0;
  const timer = setInterval(() => {
    const visit = visitOnce(url, topicName(count % TOPICS)).finally(() => visits.delete(visit));
    visits.add(visit);
    count += 1;
  }, VISIT_EVERY_MS);
  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(visits);
      return count;
    },
  };
}

async function visitOnce(url: string, topic: string): Promise<void> {
  const socket = await connectBench(url);
  await socket.subscribe("visit", { "#t": [topic], limit: 20 });
  await delay(VISIT_MS);
  await socket.close();
}

/** Says each minute how the relay does, and at the end where there was no whole minute. Gives what it said. */
function startReports({ relay, ledger, say }: {
  relay: Contestant;
  ledger: DeliveryLedger;
  say: (line: string) => void;
}): () => Promise<SoakMinute[]> {
  const minutes: SoakMinute[] = [];
  const report = async () => {
    const megabytes = (await relay.residentBytes()) / 2 ** 20;
    const { delivered, p50Ms, p99Ms } = ledger.takeSpan();
    minutes.push({ megabytes, p99Ms });
    say(
      `minute ${minutes.length}: ${formatNumber(megabytes)} MB, ${
        formatNumber(delivered)
      } delivered, ` +
        `p50 ${formatNumber(p50Ms)} ms, p99 ${formatNumber(p99Ms)} ms, ${ledger.doubled()} doubled`,
    );
  };
  let last = Promise.resolve();
  const timer = setInterval(() => {
    last = last.then(report);
  }, MINUTE_MS);
  return async () => {
    clearInterval(timer);
    await last;
    if (minutes.length === 0) await report();
    return minutes;
  };
}

async function waitFor(isDone: () => boolean, atMostMs: number): Promise<void> {
  const endMs = performance.now() + atMostMs;
  while (!isDone() && performance.now() < endMs) await delay(PACE_MS);
}
