import { setTimeout as delay } from "node:timers/promises";
import { startKezChat } from "../../tests/support/server.ts";
import { type BenchSocket, closeAll, connectMany } from "./relay_client.ts";
import { type Measurement, percentile } from "./report.ts";
import { residentBytes } from "./resident_memory.ts";

const STARTS = 5;
const SOCKETS = 1_000;
/** Sockets are opened in groups, as a relay sees them come. */
const SOCKETS_AT_ONCE = 50;
/** What a start leaves behind is collected in the first moments. */
const SETTLE_MS = 3_000;

/** Time to the first answer of healthz, and resident memory, of the program as `deno task start` runs it. */
export async function benchProcess(): Promise<Measurement[]> {
  return [await benchStart(), ...await benchMemory()];
}

async function benchStart(): Promise<Measurement> {
  await using server = await startKezChat();
  const times: number[] = [];
  for (let start = 0; start < STARTS; start += 1) {
    await server.stop();
    const startedMs = performance.now();
    await server.restart();
    const answer = await fetch(`${server.url}/v1/healthz`);
    times.push(performance.now() - startedMs);
    await answer.body?.cancel();
    if (answer.status !== 200) throw new Error(`healthz answered ${answer.status}.`);
  }
  const [least, most] = [Math.min(...times), Math.max(...times)].map((ms) => ms.toFixed(0));
  return {
    name: "start to first healthz",
    value: percentile(times, 50),
    unit: "ms",
    aim: { atMost: 1_000 },
    note: `median of ${STARTS}, ${least} to ${most}`,
  };
}

async function benchMemory(): Promise<Measurement[]> {
  await using server = await startKezChat({ flags: ["--rate-limits", "off"] });
  await delay(SETTLE_MS);
  const idle = await residentBytes(server.pid) / 2 ** 20;
  const sockets: BenchSocket[] = [];
  while (sockets.length < SOCKETS) {
    const address = `10.0.0.${sockets.length / SOCKETS_AT_ONCE}`;
    const opened = await connectMany(server.relayUrl, SOCKETS_AT_ONCE, { address });
    await Promise.all(opened.map((socket) => socket.subscribe("live", { kinds: [1], limit: 0 })));
    sockets.push(...opened);
  }
  await delay(SETTLE_MS);
  const busy = await residentBytes(server.pid) / 2 ** 20;
  await closeAll(sockets);
  return [
    { name: "resident memory, idle", value: idle, unit: "MB", aim: { atMost: 150 } },
    {
      name: `resident memory, ${SOCKETS.toLocaleString("en-GB")} sockets`,
      value: busy,
      unit: "MB",
      note: `each with a subscription; ${(((busy - idle) * 1024) / SOCKETS).toFixed(0)} KB each`,
    },
  ];
}
