import { type Contestant, startOwn, startPeer } from "./contestant.ts";
import { findPeers, type FoundPeer, PEERS } from "./peers.ts";
import { type Column, formatComparison } from "./comparison_table.ts";
import { closeAll, connectMany } from "./relay_client.ts";
import { publishAll } from "./relay_load.ts";
import { fanOutRows, ingestRow, reqRows, type Row } from "./relay_rows.ts";
import { formatTable } from "./report.ts";
import { loadSignedEvents } from "./signed_events.ts";

const STORED_EVENTS = 200_000;
const WARM_UP_EVENTS = 1_000;
/** Events that each ingest row takes, by its number of connections. */
const INGEST: readonly [connections: number, events: number][] = [[1, 3_000], [10, 8_000], [
  50,
  16_000,
]];
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
  const events = await loadSignedEvents(storedEvents);
  const columns: Column[] = [];
  for (const { start, ...column } of contestants(found)) {
    console.log(`measuring ${column.name}`);
    await using contestant = await start();
    const rows = await measure(contestant, events);
    // The whole takes long: what is known is said.
    console.log(`${formatTable(column.name, rows)}\n`);
    columns.push({ ...column, rows });
  }
  const title = `relays, ${storedEvents.toLocaleString("en-GB")} events of ${
    meanBytes(events)
  } bytes`;
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
    note: `SQLite, WAL, synchronous=${fsync.toUpperCase()}, one commit for what waits`,
    start: () => startOwn(fsync),
  }));
  return [
    ...own,
    ...peers.map((peer) => ({
      name: peer.name,
      note: peer.durability,
      against: `kez-chat ${peer.fsync}`,
      start: () => startPeer(peer),
    })),
  ];
}

async function measure(relay: Contestant, events: readonly string[]): Promise<Row[]> {
  const idleBytes = await relay.residentBytes();
  let next = 0;
  const take = (count: number) => events.slice(next, next += count);
  await fill(relay.url, take(WARM_UP_EVENTS));
  const ingest: Row[] = [];
  for (const [connections, count] of INGEST) {
    ingest.push(await ingestRow(relay.url, { connections, events: take(count) }));
  }
  await fill(relay.url, take(events.length));
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const memory = memoryRows({
    idleBytes,
    filledBytes: await relay.residentBytes(),
    diskBytes: relay.diskBytes(),
    events: events.length,
  });
  const idOf = (index: number) => /"id":"([0-9a-f]{64})"/.exec(events[index]!)![1]!;
  const req = await reqRows(relay.url, { count: events.length, idOf });
  const fanOut: Row[] = [];
  for (const subscribers of FAN_OUT_TO) fanOut.push(...await fanOutRows(relay.url, subscribers));
  return [...ingest, ...req, ...fanOut, ...memory];
}

async function fill(url: string, events: readonly string[]): Promise<void> {
  const sockets = await connectMany(url, FILL_CONNECTIONS);
  await publishAll(sockets, events);
  await closeAll(sockets);
}

function memoryRows(
  { idleBytes, filledBytes, diskBytes, events }: Record<
    "idleBytes" | "filledBytes" | "diskBytes" | "events",
    number
  >,
): Row[] {
  const better = "less";
  return [
    { name: "memory, idle", value: idleBytes / 2 ** 20, unit: "MB", better },
    { name: "memory, filled", value: filledBytes / 2 ** 20, unit: "MB", better },
    {
      name: "memory an event",
      value: Math.max(0, filledBytes - idleBytes) / events,
      unit: "bytes",
      better,
    },
    {
      name: "disk an event",
      value: diskBytes / events / 1024,
      unit: "KB",
      better,
      aim: { atMost: 2.5 },
    },
  ];
}

function meanBytes(events: readonly string[]): string {
  const bytes = events.reduce((sum, json) => sum + json.length, 0);
  return (bytes / events.length).toFixed(0);
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
