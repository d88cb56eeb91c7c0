import assert from "node:assert/strict";
import { connect as connectHttp2 } from "node:http2";
import { openHttpListener } from "../../server/http_listener.ts";
import { withPlainTarget } from "../../server/request_target.ts";
import type { HttpDeps } from "../../server/http.ts";
import { loadStaticAssets } from "../../server/static_assets.ts";
import { within } from "../support/within.ts";
import { checkProblem } from "./cases.ts";
import {
  makeAccount,
  openTestHttp,
  registrationOf,
  RELAY_URL,
  SERVER,
  type TestHttp,
} from "./support.ts";

interface Listening extends AsyncDisposable {
  http: TestHttp;
  origin: string;
  port: number;
  /** The app's first answer, whether or not anybody is there to read it. */
  firstStatus: Promise<number>;
}

async function listen(
  { rateLimits = false, deps = {} }: { rateLimits?: boolean; deps?: Partial<HttpDeps> } = {},
): Promise<Listening> {
  const http = await openTestHttp({ config: { rateLimits }, deps });
  const firstStatus = Promise.withResolvers<number>();
  const { log, nowMs } = http.deps;
  const listener = openHttpListener({ hostname: "127.0.0.1", port: 0 }, { log, nowMs });
  listener.answerWith(withPlainTarget(async (request, info) => {
    const answer = await http.app.fetch(request, info);
    firstStatus.resolve(answer.status);
    return answer;
  }));
  const { port } = listener;
  return {
    http,
    port,
    firstStatus: firstStatus.promise,
    origin: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      await listener.stop();
      await http[Symbol.asyncDispose]();
    },
  };
}

/** Sends bytes as they are and reads one answer, whether or not the server has taken all that was sent. */
async function exchange(port: number, parts: string[]): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const sending = send(connection, parts);
  const buffer = new Uint8Array(16_384);
  let answer = "";
  const hasBody = !parts[0]!.startsWith("HEAD");
  while (!isWhole(answer, hasBody)) {
    const length = await connection.read(buffer);
    if (length === null) break;
    answer += new TextDecoder().decode(buffer.subarray(0, length));
  }
  await sending;
  return answer;
}

async function send(connection: Deno.Conn, parts: string[]): Promise<void> {
  for (const part of parts) {
    let rest = new TextEncoder().encode(part);
    while (rest.length > 0) rest = rest.subarray(await connection.write(rest));
  }
}

function isWhole(answer: string, hasBody: boolean): boolean {
  const [head = "", body] = answer.split("\r\n\r\n");
  const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
  return body !== undefined && (!hasBody || body.length >= length);
}

Deno.test("a person registers and is found over a socket", async () => {
  await using server = await listen();
  const body = JSON.stringify(registrationOf(makeAccount(), { handle: "alice" }));
  const created = await fetch(`${server.origin}/v1/register`, { method: "POST", body });
  assert.equal(created.status, 201);
  assert.equal(created.headers.get("Location"), "/v1/u/alice");
  const found = await fetch(`${server.origin}/v1/u/alice`);
  assert.equal(found.headers.get("Date"), "Mon, 25 May 2026 03:00:00 GMT");
  assert.deepEqual(await found.json(), await created.json());
});

Deno.test("the address that is counted is the socket's, or the one its trusted proxy names", async () => {
  await using server = await listen({ rateLimits: true });
  const look = async (client?: string): Promise<string | null> => {
    const headers: HeadersInit = client ? { "X-Forwarded-For": client } : {};
    const response = await fetch(`${server.origin}/v1/u/nobody`, { headers });
    await response.body?.cancel();
    return response.headers.get("RateLimit");
  };
  assert.equal(await look(), '"look_up";r=119;t=1');
  assert.equal(await look(), '"look_up";r=118;t=1');
  assert.equal(await look("203.0.113.1"), '"look_up";r=119;t=1');
  assert.equal(await look("203.0.113.2"), '"look_up";r=119;t=1');
});

Deno.test("a body of 1 MB is refused while it is still being sent", async () => {
  await using server = await listen();
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent >= 1_000_000) return controller.close();
      sent += 10_000;
      controller.enqueue(new Uint8Array(10_000));
    },
  });
  const response = await fetch(`${server.origin}/v1/register`, { method: "POST", body });
  assert.equal(response.status, 413);
  checkProblem(response, { body: await response.json(), code: "too_large" });
});

Deno.test("a body that Content-Length makes larger than all memory is refused at once", async () => {
  await using server = await listen();
  const answer = await exchange(server.port, [
    `POST /v1/register HTTP/1.1\r\nHost: ${SERVER}\r\nContent-Length: 99999999999\r\nConnection: close\r\n\r\n`,
  ]);
  assert.match(answer, /^HTTP\/1\.1 413 /);
  assert.match(answer, /"code":"too_large"/);
});

Deno.test("chunks that never end are cut off, and others are served meanwhile", async () => {
  await using server = await listen();
  const chunk = `2710\r\n${"x".repeat(10_000)}\r\n`;
  const head = `POST /v1/register HTTP/1.1\r\nHost: ${SERVER}\r\nTransfer-Encoding: chunked\r\n` +
    "Connection: close\r\n\r\n";
  const [answer, health] = await Promise.all([
    exchange(server.port, [head, ...Array<string>(7).fill(chunk)]),
    fetch(`${server.origin}/v1/healthz`),
  ]);
  assert.match(answer, /^HTTP\/1\.1 413 /);
  assert.equal(health.status, 200);
  await health.body?.cancel();
});

Deno.test("a sender who goes away in the middle of a body is no fault of the server", async () => {
  for (const framing of ["Content-Length: 1000", "Transfer-Encoding: chunked"]) {
    await using server = await listen();
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
    const head = `POST /v1/register HTTP/1.1\r\nHost: ${SERVER}\r\n${framing}\r\n\r\n`;
    await send(connection, [head, "5\r\n[[[[[\r\n"]);
    connection.close();
    assert.equal(await server.firstStatus, 400);
    assert.deepEqual(server.http.logLines, []);
  }
});

Deno.test("a path is judged as it was sent: encoded, long or odd", async () => {
  await using server = await listen();
  for (const path of ["/v1/u/%00", "/v1/u/..%2f..%2fetc", `/v1/u/${"x".repeat(5_000)}`]) {
    const response = await fetch(server.origin + path);
    assert.equal(response.status, 404, path);
    checkProblem(response, { body: await response.json(), code: "unknown_handle" });
  }
  const answer = await exchange(server.port, [
    `GET /v1/../../etc/passwd HTTP/1.1\r\nHost: ${SERVER}\r\nConnection: close\r\n\r\n`,
  ]);
  assert.match(answer, /^HTTP\/1\.1 404 /);
});

Deno.test("an answer has one Date, one Content-Length and no body for HEAD", async () => {
  await using server = await listen();
  const answer = await exchange(server.port, [
    `HEAD /v1/config HTTP/1.1\r\nHost: ${SERVER}\r\nConnection: close\r\n\r\n`,
  ]);
  assert.equal(answer.match(/^date:/gim)?.length, 1);
  assert.ok((answer.match(/^content-length:/gim)?.length ?? 0) <= 1);
  assert.match(answer, /\r\n\r\n$/);
});

const WEBFINGER = "/.well-known/webfinger";

for (
  const [host, target] of [
    ["[", "/"],
    ["a b", "/"],
    ["x:99999", `${WEBFINGER}?resource=acct:alice@${SERVER}`],
    [`x?resource=acct:alice@${SERVER}&`, WEBFINGER],
    ["x\\y", "/assets/"],
    ["x/../y", "/"],
    ["x#", "/v1/healthz"],
    ["user@x", "/v1/healthz"],
    ["1.2.3.999", "/"],
    ["\u00ff", "/"],
  ] as const
) {
  Deno.test(`the host ${host} is refused, and leaves nothing in the log`, async () => {
    await using server = await listen();
    await server.http.register(makeAccount(), "alice");
    const answer = await exchange(server.port, [
      `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nAccept: text/html\r\nConnection: close\r\n\r\n`,
    ]);
    assert.match(answer, /^HTTP\/1\.1 400 /);
    assert.match(answer, /"code":"malformed"/);
    assert.match(answer, /^x-content-type-options: nosniff\r$/im);
    assert.deepEqual(server.http.logLines, []);
  });
}

Deno.test("methods and targets that no page sends are answered without a fault", async () => {
  await using server = await listen();
  for (
    const [line, status] of [
      ["TRACE /a/../b HTTP/1.1", 400],
      ["TRACE / HTTP/1.1", 405],
      ["OPTIONS * HTTP/1.1", 405],
      ["CONNECT x:1 HTTP/1.1", 400],
      ["GET http://user@x/ HTTP/1.1", 400],
      ["GET http://x/v1/u/nobody HTTP/1.1", 404],
      ["GET /v1\\u\\nobody HTTP/1.1", 400],
      ["GET /v1/config/../healthz HTTP/1.1", 200],
      ["GET /v1/healthz HTTP/1.0", 200],
    ] as const
  ) {
    const host = line.endsWith("1.0") ? "" : `Host: ${SERVER}\r\n`;
    const answer = await exchange(server.port, [`${line}\r\n${host}Connection: close\r\n\r\n`]);
    assert.equal(Number(answer.slice(9, 12)), status, `${line}: ${answer}`);
    assert.deepEqual(server.http.logLines, [], line);
  }
});

Deno.test("readers who stall hold no more than their share of requests, and others are served", async () => {
  const dir = await Deno.makeTempDir();
  await Deno.writeTextFile(`${dir}/large.js`, "//".padEnd(300_000, "x"));
  const assets = await loadStaticAssets(dir, { server: SERVER, relayUrl: RELAY_URL });
  await Deno.remove(dir, { recursive: true });
  await using server = await listen({ deps: { assets } });
  const session = connectHttp2(server.origin, { settings: { initialWindowSize: 0 } });
  const statusOf = async (client: string): Promise<number> => {
    const headers = { ":path": "/large.js", "x-forwarded-for": client };
    const stream = session.request(headers);
    const answered = new Promise<number>((resolve, reject) => {
      stream.on("response", (answer) => resolve(Number(answer[":status"])));
      stream.on("error", reject);
    });
    return await within(answered, { what: "answer" });
  };
  const stalled = await Promise.all(Array.from({ length: 100 }, () => statusOf("203.0.113.1")));
  const count = (status: number) => stalled.filter((one) => one === status).length;
  assert.deepEqual([count(200), count(503)], [64, 36]);
  assert.equal(await statusOf("203.0.113.2"), 200);
  const health = await fetch(`${server.origin}/v1/healthz`);
  assert.equal(health.status, 200);
  await health.body?.cancel();

  const isClosed = new Promise<void>((resolve) => session.on("close", () => resolve()));
  session.destroy();
  await isClosed;
  const again = async (): Promise<void> => {
    const headers = { "X-Forwarded-For": "203.0.113.1" };
    const response = await fetch(`${server.origin}/large.js`, { headers });
    const { length } = await response.text();
    if (response.status === 503) return await again();
    assert.deepEqual([response.status, length], [200, 300_000]);
  };
  await within(again(), { what: "place for the next request" });
  assert.deepEqual(server.http.logLines, []);
});
