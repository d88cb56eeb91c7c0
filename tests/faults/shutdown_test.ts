import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { replaceModules } from "../support/import_map.ts";
import { type KezChat, startKezChat } from "../support/server.ts";
import { isTurnedAway } from "../support/turned_away.ts";
import { within } from "../support/within.ts";

/** Resolves with the code that the relay closes the socket with. */
async function openSocket(server: KezChat): Promise<{ closed: Promise<number> }> {
  const socket = new WebSocket(server.relayUrl);
  const closed = new Promise<number>((resolve) => {
    socket.addEventListener("close", ({ code }) => resolve(code), { once: true });
  });
  await new Promise((resolve) => socket.addEventListener("open", resolve, { once: true }));
  return { closed };
}

/** A request whose body has not come to its end. */
interface OpenRequest extends Disposable {
  /** Sends the rest. Resolves with the whole answer. */
  finish(): Promise<string>;
}

/** Resolves when the server has asked for the body: then the request is in flight. */
async function openRequest(server: KezChat): Promise<OpenRequest> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: portOf(server) });
  const buffer = new Uint8Array(16_384);
  /** The next part of the answer; null at its end. */
  const read = async (): Promise<string | null> => {
    const length = await connection.read(buffer);
    return length === null ? null : new TextDecoder().decode(buffer.subarray(0, length));
  };
  const head = ["POST /v1/register HTTP/1.1", `Host: ${server.server}`, "Connection: close"];
  const rest = ["Content-Type: application/json", "Content-Length: 2", "Expect: 100-continue"];
  await connection.write(new TextEncoder().encode([...head, ...rest, "", ""].join("\r\n")));
  const word = await within(read(), { what: "word that the body may come" });
  assert.match(word ?? "", /^HTTP\/1\.1 100 /);
  return {
    async finish() {
      await connection.write(new TextEncoder().encode("{}"));
      let answer = "";
      for (let part = await read(); part !== null; part = await read()) answer += part;
      return answer;
    },
    [Symbol.dispose]() {
      connection.close();
    },
  };
}

function portOf({ server }: KezChat): number {
  return Number(server.split(":")[1]);
}

/** Resolves when the server takes no more connections. */
async function refusal(server: KezChat): Promise<void> {
  while (true) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port: portOf(server) })).close();
    } catch (error) {
      if (error instanceof Deno.errors.ConnectionRefused) return;
      // Others stood in line when the listener went.
      if (!isTurnedAway(error)) throw error;
    }
  }
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(`${signal} ends sockets with 1001, lets a request end, and exits with 0; the same signal twice is one`, async () => {
    await using server = await startKezChat();
    const socket = await openSocket(server);
    using request = await openRequest(server);
    Deno.kill(server.pid, signal);
    const status = server.kill(signal);
    assert.equal(await within(socket.closed, { what: "end of the socket" }), 1001);
    await within(refusal(server), { what: "refused connection" });
    assert.match(await request.finish(), /^HTTP\/1\.1 400 /);
    assert.deepEqual({ ...await status }, { success: true, code: 0, signal: null });
    assert.doesNotMatch(server.logs, /"level":"(?:warn|error)"/);
  });
}

Deno.test("connections that have asked for nothing yet, or for half a thing, do not hold up the end", async () => {
  await using server = await startKezChat();
  const open = () => Deno.connect({ hostname: "127.0.0.1", port: portOf(server) });
  using _silent = await open();
  using half = await open();
  await half.write(new TextEncoder().encode("GET / HT"));
  // Those two were taken before this one was answered.
  assert.equal(
    (await fetch(`${server.url}/v1/healthz`).then((answer) => answer.json())).status,
    "ok",
  );
  assert.equal(await server.stop(), 0);
  assert.doesNotMatch(server.logs, /"level":"(?:warn|error)"/);
});

Deno.test("a second signal a second later ends the process at once", async () => {
  await using server = await startKezChat();
  const socket = await openSocket(server);
  using _request = await openRequest(server);
  Deno.kill(server.pid, "SIGTERM");
  await socket.closed;
  // The rule itself is about time: a second has to pass.
  await delay(1_100);
  const { code } = await server.kill("SIGTERM");
  assert.equal(code, 143);
  assert.doesNotMatch(server.logs, /took too long|"event":"stopped"/);
});

Deno.test("a request that never ends holds up the end for no more than 10 s, and the exit code is 0", async () => {
  await using server = await startKezChat();
  using _request = await openRequest(server);
  const end = { maxMs: 10_000, what: "end of the process" };
  const { code } = await within(server.kill("SIGTERM"), end);
  assert.equal(code, 0, server.logs);
  assert.match(server.logs, /a step of stopping took too long","step":"http"/);
});

Deno.test("an error that nobody caught ends the process with 1, and is in the log", async () => {
  using map = replaceModules({ "server/storage_probe.ts": "tests/faults/crashing_probe.ts" });
  await using server = await startKezChat({ denoFlags: [map.flag] });
  await assert.rejects(fetch(`${server.url}/v1/healthz`));
  const { code } = await server.ended;
  assert.equal(code, 1);
  assert.match(server.logs, /"level":"error","event":"the server ended by an error"/);
  assert.match(server.logs, /something that nobody foresaw/);
});
