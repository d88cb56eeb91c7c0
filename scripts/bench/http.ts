import { signRegistration } from "../../protocol/registration.ts";
import { connectRaw } from "./http_connection.ts";
import { type Measurement, percentile } from "./report.ts";

/** A running server on this machine, started with `--rate-limits off`. */
export interface BenchTarget {
  hostname: string;
  port: number;
  /** The name that it has, for which registrations are signed. */
  server: string;
}

const CONNECTIONS = 32;
const REGISTRATIONS = 600;
const LOOK_UP_SECONDS = 3;

/** Registers people, then looks them up, over kept-alive connections. */
export async function benchHttp(target: BenchTarget): Promise<Measurement[]> {
  const run = crypto.randomUUID().slice(0, 8);
  const handles = Array.from({ length: REGISTRATIONS }, (_, i) => `b${run}-${i}`);
  return [
    await benchRegistrations(target, handles),
    ...await benchLookUps(target, handles),
  ];
}

/** Registers every handle; the signing is not counted. */
async function benchRegistrations(
  target: BenchTarget,
  handles: readonly string[],
): Promise<Measurement> {
  const requests = handles.map((handle) => registerRequest(target, handle));
  const startedMs = performance.now();
  await overConnections(target, async (send) => {
    for (let request = requests.pop(); request; request = requests.pop()) {
      await send(request, 201);
    }
  });
  const seconds = (performance.now() - startedMs) / 1000;
  const note = `${handles.length} over ${CONNECTIONS} connections`;
  return { name: "registrations", value: handles.length / seconds, unit: "/s", note };
}

/** Looks handles up for some seconds. */
async function benchLookUps(
  target: BenchTarget,
  handles: readonly string[],
): Promise<Measurement[]> {
  const requests = handles.map((handle) => lookUpRequest(target, handle));
  await overConnections(target, async (send) => {
    for (const request of requests.slice(0, 100)) await send(request, 200);
  });
  const latencies: number[] = [];
  const startedMs = performance.now();
  const endMs = startedMs + LOOK_UP_SECONDS * 1000;
  await overConnections(target, async (send) => {
    for (let i = 0;; i++) {
      const sentMs = performance.now();
      if (sentMs >= endMs) return;
      await send(requests[i % requests.length]!, 200);
      latencies.push(performance.now() - sentMs);
    }
  });
  const seconds = (performance.now() - startedMs) / 1000;
  return [
    {
      name: "look-ups",
      value: latencies.length / seconds,
      unit: "/s",
      aim: { atLeast: 10_000 },
      note: `${CONNECTIONS} connections, client on the same machine`,
    },
    { name: "look-up p99", value: percentile(latencies, 99), unit: "ms" },
  ];
}

type Send = (request: string, expectedStatus: number) => Promise<void>;

async function overConnections(
  { hostname, port }: BenchTarget,
  work: (send: Send) => Promise<void>,
): Promise<void> {
  await Promise.all(Array.from({ length: CONNECTIONS }, async () => {
    using connection = await connectRaw(hostname, port);
    await work(async (request, expectedStatus) => {
      const { status, body } = await connection.send(request);
      if (status !== expectedStatus) throw new Error(`The server answered ${status}: ${body}`);
    });
  }));
}

function registerRequest({ server }: BenchTarget, handle: string): string {
  const random = () => crypto.getRandomValues(new Uint8Array(32));
  const body = JSON.stringify(signRegistration({
    handle,
    server,
    createdAtMs: Date.now(),
    identitySecret: random(),
    nostrSecret: random(),
    random: random(),
  }));
  return `POST /v1/register HTTP/1.1\r\nHost: ${server}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

function lookUpRequest({ server }: BenchTarget, handle: string): string {
  return `GET /v1/u/${handle} HTTP/1.1\r\nHost: ${server}\r\n\r\n`;
}
