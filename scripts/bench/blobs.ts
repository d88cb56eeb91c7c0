import { createHash, randomBytes } from "node:crypto";
import { startKezChat } from "../../tests/support/server.ts";
import { blobAuth } from "../../tests/http/blobs_support.ts";
import { type Account, makeAccount, registrationOf } from "../../tests/http/support.ts";
import { type Measurement, percentile } from "./report.ts";
import { residentBytes } from "./resident_memory.ts";

const UPLOADS = 12;
const UPLOAD_BYTES = 25 * 2 ** 20;
const CHUNK_BYTES = 64 * 1024;
const LOOK_EVERY_MS = 10;

type Server = Awaited<ReturnType<typeof startKezChat>>;

/** Uploads and downloads of 25 MiB over loopback, one after another, and what they add to the server's memory. */
export async function benchBlobs(): Promise<Measurement[]> {
  await using server = await startKezChat({ flags: ["--quota", "1GiB", "--rate-limits", "off"] });
  const account = makeAccount();
  await register(server, account);
  await roundTrip(server, account);
  const before = await residentBytes(server.pid);
  const peak = watchMemory(server.pid, before);
  const upMs: number[] = [];
  const downMs: number[] = [];
  for (let i = 0; i < UPLOADS; i++) {
    const times = await roundTrip(server, account);
    upMs.push(times.upMs);
    downMs.push(times.downMs);
  }
  const rate = (ms: number) => UPLOAD_BYTES / 1e6 / (ms / 1000);
  const grown = (await peak.end() - before) / 2 ** 20;
  const note = `median of ${UPLOADS}, 25 MiB each`;
  return [
    { name: "upload", value: rate(percentile(upMs, 50)), unit: "MB/s", aim: { atLeast: 80 }, note },
    { name: "upload, the slowest", value: rate(Math.max(...upMs)), unit: "MB/s" },
    { name: "download", value: rate(percentile(downMs, 50)), unit: "MB/s", note },
    { name: "memory above idle, highest", value: grown, unit: "MB", aim: { atMost: 20 } },
  ];
}

async function register(server: Server, account: Account): Promise<void> {
  const wish = { handle: "alice", server: server.server, createdAtMs: Date.now() };
  const answer = await fetch(`${server.url}/v1/register`, {
    method: "POST",
    body: JSON.stringify(registrationOf(account, wish)),
  });
  if (answer.status !== 201) throw new Error(`register: ${answer.status} ${await answer.text()}`);
  await answer.body?.cancel();
}

/** Milliseconds for one blob to go up and come back. */
async function roundTrip(
  server: Server,
  account: Account,
): Promise<{ upMs: number; downMs: number }> {
  const bytes = new Uint8Array(randomBytes(UPLOAD_BYTES));
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const wish = { verb: "upload", sha256, server: server.server, nowMs: Date.now() } as const;
  const startedMs = performance.now();
  const answer = await fetch(`${server.url}/upload`, {
    method: "PUT",
    headers: { Authorization: blobAuth(account, wish) },
    body: inChunks(bytes),
  });
  const { url } = await answer.json();
  const upMs = performance.now() - startedMs;
  if (answer.status !== 201) throw new Error(`upload: ${answer.status}`);
  const askedMs = performance.now();
  let received = 0;
  for await (const chunk of (await fetch(url)).body!) received += chunk.length;
  if (received !== UPLOAD_BYTES) throw new Error(`download: ${received} bytes`);
  return { upMs, downMs: performance.now() - askedMs };
}

function inChunks(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
  let from = 0;
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(bytes.subarray(from, from + CHUNK_BYTES));
      from += CHUNK_BYTES;
      if (from >= bytes.length) controller.close();
    },
  });
}

/** Looks at a process's memory until it is ended, then gives the highest value. */
function watchMemory(pid: number, startBytes: number): { end(): Promise<number> } {
  let highest = startBytes;
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      highest = Math.max(highest, await residentBytes(pid));
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  })();
  return {
    async end() {
      isOver = true;
      await watching;
      return highest;
    },
  };
}
