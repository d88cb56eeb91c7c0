import { setTimeout as delay } from "node:timers/promises";
import { type Contestant, startOwn, startPeer } from "./contestant.ts";
import { describeMachine } from "./machine.ts";
import { describeVersion, findPeers, type FoundPeer, PEERS } from "./peers.ts";
import { type Column, formatComparison, isShown } from "./comparison_table.ts";
import { isFile } from "./is_file.ts";
import { withAim } from "./relay_aims.ts";
import { idIn } from "./relay_client.ts";
import { RelayFailure } from "./relay_failure.ts";
import { publishOver } from "./relay_load.ts";
import { fanOutRows, ingestRow, reqRows, type Row } from "./relay_rows.ts";
import { formatTable } from "./report.ts";
import { loadSignedEvents } from "./signed_events.ts";

const STORED_EVENTS = 200_000;
const FILL_CONNECTIONS = 10;
const FAN_OUT_TO = [1, 100, 1_000];
/** What filling leaves to collect and to write is done by then. */
const SETTLE_MS = 3_000;

/** Measures this relay and every peer that is on the machine, one after the other, with the same events. */
export async function compareRelays(storedEvents: number = STORED_EVENTS): Promise<string> {
  const { found, missing } = findPeers(PEERS, {
    folder: Deno.env.get("RELAY_PEERS_BIN"),
    path: Deno.env.get("PATH") ?? "",
    exists: isFile,
  });
  for (const { name, program, install } of missing) {
    console.log(
      `${name} is left out: there is no ${program} on PATH or in RELAY_PEERS_BIN; ${install}`,
    );
  }
  const versions = await Promise.all(found.map(describeVersion));
  const events = await loadSignedEvents(storedEvents);
  const columns: Column[] = [];
  for (const { start, ...column } of contestants(found)) {
    console.log(`measuring ${column.name}`);
    const { rows, notes } = await measureFrom(start, events);
    const own = column.against === undefined;
    const measured = own ? rows.map(withAim) : rows;
    // The whole takes long: what is known is said.
    console.log(`${formatTable(column.name, measured.filter(isShown))}\n`);
    columns.push({ ...column, rows: measured, notes: [...column.notes, ...notes] });
  }
  const title = [
    `relays, ${storedEvents.toLocaleString("en-GB")} events of ${meanBytes(events)} bytes`,
    describeMachine(new Date()),
    ...versions,
  ].join("\n");
  return formatComparison(title, columns);
}

interface Entry extends Omit<Column, "rows"> {
  start(): Promise<Contestant>;
}

/** Ours once for each durability that a peer has, then the peers. */
function contestants(peers: readonly FoundPeer[]): Entry[] {
  const modes = new Set<"full" | "normal">(["full", ...peers.map(({ fsync }) => fsync)]);
  const own = [...modes].map((fsync) => ({
    name: `kez-chat ${fsync}`,
    notes: [`SQLite, WAL, synchronous=${fsync.toUpperCase()}, one commit for what waits`],
    start: () => startOwn({ fsync, policy: "open" }),
  }));
  return [
    ...own,
    ...peers.map((peer) => ({
      name: peer.name,
      notes: [peer.durability],
      against: `kez-chat ${peer.fsync}`,
      start: () => startPeer(peer),
    })),
  ];
}

/** The rows of a relay, as far as it comes, and what is to be said of them. */
async function measureFrom(
  start: () => Promise<Contestant>,
  events: readonly string[],
): Promise<{ rows: Row[]; notes: string[] }> {
  const [rows, notes]: [Row[], string[]] = [[], []];
  try {
    await using relay = await start();
    await measure(relay, { events, rows, notes });
  } catch (error) {
    if (!(error instanceof RelayFailure)) throw error;
    notes.push(`not measured to the end: ${error.message}`);
  }
  return { rows, notes };
}

async function measure(
  relay: Contestant,
  { events, rows, notes }: { events: readonly string[]; rows: Row[]; notes: string[] },
): Promise<void> {
  const idleBytes = await relay.residentBytes();
  const { warmUp, ingest } = planIngest(events.length);
  let next = 0;
  const take = (count: number) => events.slice(next, next += count);
  const fill = (count: number) =>
    publishOver(relay.url, { connections: FILL_CONNECTIONS, events: take(count) });
  await fill(warmUp);
  for (const [connections, count] of ingest) {
    rows.push(await ingestRow(relay.url, { connections, events: take(count) }));
  }
  await fill(events.length);
  await delay(SETTLE_MS);
  const memory = memoryRows({
    idleBytes,
    filledBytes: await relay.residentBytes(),
    diskBytes: relay.diskBytes(),
    events: events.length,
  });
  const idOf = (index: number) => idIn(events[index]!)!;
  const req = await reqRows(relay.url, { count: events.length, idOf });
  notes.push(req.note);
  rows.push(...req.rows);
  for (const subscribers of FAN_OUT_TO) rows.push(...await fanOutRows(relay.url, subscribers));
  rows.push(...memory);
}

/** How many events warm a relay up, and how many each ingest row takes, by its number of connections. */
export interface IngestPlan {
  warmUp: number;
  ingest: [connections: number, events: number][];
}

const WARM_UP_EVENTS = 1_000;
const INGEST_EVENTS: IngestPlan["ingest"] = [[1, 3_000], [10, 8_000], [50, 16_000]];

/** The usual numbers, or less where these would be more than half of the events. */
export function planIngest(storedEvents: number): IngestPlan {
  const usual = INGEST_EVENTS.reduce((sum, [, count]) => sum + count, WARM_UP_EVENTS);
  const share = Math.min(1, storedEvents / 2 / usual);
  return {
    warmUp: Math.floor(WARM_UP_EVENTS * share),
    ingest: INGEST_EVENTS.map(([connections, count]) => [connections, Math.floor(count * share)]),
  };
}

/** What a relay with some events takes. */
export function memoryRows(
  { idleBytes, filledBytes, diskBytes, events }: Record<
    "idleBytes" | "filledBytes" | "diskBytes" | "events",
    number
  >,
): Row[] {
  const better = "less";
  const growthBytes = Math.max(0, filledBytes - idleBytes);
  return [
    { name: "memory, idle", value: idleBytes / 2 ** 20, unit: "MB", better },
    { name: "memory, filled", value: filledBytes / 2 ** 20, unit: "MB", better },
    { name: "memory an event", value: growthBytes / events, unit: "bytes", better },
    { name: "disk an event", value: diskBytes / events / 1024, unit: "KB", better },
  ];
}

function meanBytes(events: readonly string[]): string {
  const bytes = events.reduce((sum, json) => sum + json.length, 0);
  return (bytes / events.length).toFixed(0);
}
