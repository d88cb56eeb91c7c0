import { createHash, randomBytes } from "node:crypto";
import { startKezChat } from "../../tests/support/server.ts";
import { blobAuth } from "../../tests/http/blobs_support.ts";
import { type Account, makeAccount, registrationOf } from "../../tests/http/support.ts";
import { type Measurement, percentile } from "./report.ts";
import { residentBytes } from "./resident_memory.ts";

const TIMES = 12;
const UPLOAD_BYTES = 25 * 2 ** 20;
const CHUNK_BYTES = 64 * 1024;
const LOOK_EVERY_MS = 10;

/** Browsers name the length of what they send. */
type UploadForm = "whole" | "chunked";
type Server = Awaited<ReturnType<typeof startKezChat>>;

/**
 * Uploads of 25 MiB over loopback, one after another, as the app sends them and in chunks of no known number, then their
 * downloads; and what each adds to the memory of a server that has served one small blob.
 */
export async function benchBlobs(): Promise<Measurement[]> {
  await using server = await startKezChat({ flags: ["--quota", "1GiB", "--rate-limits", "off"] });
  const account = makeAccount();
  await register(server, account);
  await download(await upload(server, { account, bytes: new Uint8Array(randomBytes(1024)) }));
  const idleBytes = await residentBytes(server.pid);
  const urls: string[] = [];
  const uploadAs = (form: UploadForm) =>
    measure({ server, idleBytes }, async () => {
      const bytes = new Uint8Array(randomBytes(UPLOAD_BYTES));
      const sent = await upload(server, { account, bytes, form });
      urls.push(sent.url);
      return sent.ms;
    });
  const up = await uploadAs("whole");
  const down = await measure({ server, idleBytes }, () => download({ url: urls.shift()! }));
  const chunked = await uploadAs("chunked");
  const note = `median of ${TIMES}, 25 MiB each`;
  const memory = { unit: "MB", aim: { atMost: 20 } };
  return [
    { name: "upload", value: up.rate, unit: "MB/s", aim: { atLeast: 80 }, note },
    { name: "upload, the slowest", value: up.slowestRate, unit: "MB/s" },
    { name: "upload in chunks", value: chunked.rate, unit: "MB/s" },
    { name: "download", value: down.rate, unit: "MB/s", note },
    { name: "memory above idle, uploads", value: up.grownMb, ...memory },
    { name: "memory above idle, downloads after them", value: down.grownMb, ...memory },
    { name: "memory above idle, uploads in chunks after both", value: chunked.grownMb, unit: "MB" },
  ];
}

/** Times one after another, and the highest that the server's memory was meanwhile. */
async function measure(
  { server, idleBytes }: { server: Server; idleBytes: number },
  once: () => Promise<number>,
): Promise<{ rate: number; slowestRate: number; grownMb: number }> {
  const peak = watchMemory(server.pid, idleBytes);
  const times: number[] = [];
  for (let i = 0; i < TIMES; i++) times.push(await once());
  const rate = (ms: number) => UPLOAD_BYTES / 1e6 / (ms / 1000);
  return {
    rate: rate(percentile(times, 50)),
    slowestRate: rate(Math.max(...times)),
    grownMb: (await peak.end() - idleBytes) / 2 ** 20,
  };
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

async function upload(
  server: Server,
  { account, bytes, form = "whole" }: {
    account: Account;
    bytes: Uint8Array<ArrayBuffer>;
    form?: UploadForm;
  },
): Promise<{ url: string; ms: number }> {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const wish = { verb: "upload", sha256, server: server.server, nowMs: Date.now() } as const;
  const startedMs = performance.now();
  const answer = await fetch(`${server.url}/upload`, {
    method: "PUT",
    headers: { Authorization: blobAuth(account, wish) },
    body: form === "whole" ? bytes : inChunks(bytes),
  });
  const { url } = await answer.json();
  const ms = performance.now() - startedMs;
  if (answer.status !== 201) throw new Error(`upload: ${answer.status}`);
  return { url, ms };
}

/** Milliseconds until all of it has come. */
async function download({ url }: { url: string }): Promise<number> {
  const askedMs = performance.now();
  const answer = await fetch(url);
  let received = 0;
  for await (const chunk of answer.body!) received += chunk.length;
  const expected = Number(answer.headers.get("Content-Length"));
  if (received !== expected) throw new Error(`download: ${received} bytes of ${expected}`);
  return performance.now() - askedMs;
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
