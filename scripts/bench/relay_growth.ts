import { join } from "node:path";
import { type Column, formatComparison } from "./comparison_table.ts";
import { startOwn } from "./contestant.ts";
import { diskBytes } from "./disk_use.ts";
import { fillStore } from "./filled_store.ts";
import { madeUpId } from "./public_events.ts";
import { publishOver } from "./relay_load.ts";
import { fanOutRows, ingestRow, reqRows, type Row } from "./relay_rows.ts";
import { loadSignedEvents } from "./signed_events.ts";

const SIZES = [10_000, 100_000, 1_000_000];
const WARM_UP_EVENTS = 1_000;
const INGEST_EVENTS = 10_000;

/** The same rows of this relay over stores of growing size; some minutes, and 3 GB of disk. */
export async function benchGrowth(sizes: readonly number[] = SIZES): Promise<string> {
  const events = await loadSignedEvents(WARM_UP_EVENTS + INGEST_EVENTS);
  const columns: Column[] = [];
  for (const size of sizes) {
    const name = size.toLocaleString("en-GB");
    console.log(`measuring at ${name} events`);
    const folder = Deno.makeTempDirSync({ prefix: "relay-growth-" });
    try {
      columns.push({ name, ...await measureAt(size, { folder, events }) });
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  }
  return formatComparison("relay as its store grows", columns);
}

async function measureAt(
  size: number,
  { folder, events }: { folder: string; events: readonly string[] },
): Promise<{ rows: Row[]; notes: string[] }> {
  await fillStore(join(folder, "relay.db"), size);
  const bytes = diskBytes(folder);
  const startedMs = performance.now();
  await using relay = await startOwn({ fsync: "full", policy: "open", keptFolder: folder });
  const startMs = performance.now() - startedMs;
  const idleBytes = await relay.residentBytes();
  const req = await reqRows(relay.url, { count: size, idOf: madeUpId });
  await publishOver(relay.url, { connections: 10, events: events.slice(0, WARM_UP_EVENTS) });
  const half = WARM_UP_EVENTS + INGEST_EVENTS / 2;
  const ingest = [
    await ingestRow(relay.url, { connections: 10, events: events.slice(WARM_UP_EVENTS, half) }),
    await ingestRow(relay.url, { connections: 50, events: events.slice(half) }),
  ];
  const fanOut = await fanOutRows(relay.url, 100);
  const usedBytes = await relay.residentBytes();
  const better = "less";
  const rows: Row[] = [
    { name: "start", value: startMs, unit: "ms", better },
    ...req.rows,
    ...ingest,
    ...fanOut,
    { name: "memory after the start", value: idleBytes / 2 ** 20, unit: "MB", better },
    { name: "memory after the rest", value: usedBytes / 2 ** 20, unit: "MB", better },
    { name: "disk an event", value: bytes / size / 1024, unit: "KB", better },
  ];
  return { rows, notes: [req.note] };
}
