import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { setImmediate } from "node:timers";
import { WebSocket } from "ws";
import { makeEvent, randomHex } from "../relay/support/events.ts";
import { connectClient, type TestClient } from "../relay/support/test_client.ts";
import { type RelayProcess, startRelayProcess } from "../support/relay_process.ts";
import { randomBytes } from "../support/random_bytes.ts";

const MAX_GROWTH_BYTES = 100 * 2 ** 20;
const from = (ip: string) => ({ headers: { "x-forwarded-for": ip } });

/** Two people who talk; `talk` throws if anything that they say is lost, refused or doubled. */
async function twoPeople(relay: RelayProcess) {
  const writer = await connectClient(relay.url, from("192.0.2.1"));
  const reader = await connectClient(relay.url, from("192.0.2.2"));
  const topic = randomHex();
  const secret = randomBytes(32);
  await reader.subscribe("talk", { "#t": [topic] });
  let said = 0;
  const talk = async () => {
    const event = makeEvent({ tags: [["t", topic]], content: `${said++}` }, secret);
    assert.deepEqual(await writer.publish(event), [true, ""]);
    assert.equal((await reader.live("talk")).id, event.id);
  };
  const leave = async () => {
    await reader.sync();
    assert.deepEqual(reader.unread(), []);
    await writer[Symbol.asyncDispose]();
    await reader[Symbol.asyncDispose]();
  };
  return { talk, leave };
}

/** Sends as fast as the socket takes it, until the relay ends the connection or `maxMessages` are sent. */
async function flood(
  relay: RelayProcess,
  { ip, message, maxMessages }: {
    ip: string;
    message: (i: number) => string | Uint8Array;
    maxMessages: number;
  },
): Promise<{ code: number; sent: number }> {
  const socket = new WebSocket(relay.url, from(ip));
  const ended = Promise.withResolvers<number>();
  socket.on("close", (code: number) => ended.resolve(code));
  socket.on("error", () => {});
  await new Promise((resolve) => socket.once("message", resolve));
  let sent = 0;
  while (socket.readyState === WebSocket.OPEN && sent < maxMessages) {
    socket.send(message(sent));
    sent += 1;
    // Everybody in this process gets a turn, and the relay is never further behind than its sockets.
    do await new Promise((resolve) => setImmediate(resolve)); while (socket.bufferedAmount > 1e6);
  }
  if (socket.readyState === WebSocket.OPEN) socket.close(1000);
  return { code: await ended.promise, sent };
}

const event = makeEvent();
const eventFrame = JSON.stringify(["EVENT", event]);
const forged = JSON.stringify(["EVENT", { ...event, sig: makeEvent().sig }]);
const largeReq = JSON.stringify(["REQ", "s", { authors: Array.from({ length: 900 }, randomHex) }]);
const nested = "[".repeat(100_000);

/** [name, message, close code that ends it] */
const FLOODS: [string, (i: number) => string | Uint8Array, number][] = [
  ["the same event", () => eventFrame, 1008],
  ["forged events", () => forged, 1008],
  [
    "events of nobody's making",
    () => JSON.stringify(["EVENT", { ...event, id: randomHex() }]),
    1008,
  ],
  ["large requests", () => largeReq, 1008],
  ["requests of ever new ids", (i) => JSON.stringify(["REQ", `s${i}`, {}]), 1008],
  ["closings of nothing", () => '["CLOSE","x"]', 1008],
  ["nonsense", () => "nonsense", 1008],
  ["brackets", () => nested, 1008],
  ["bytes", () => Buffer.alloc(100_000), 1008],
  ["false answers to the challenge", () => JSON.stringify(["AUTH", event]), 1008],
];

Deno.test("a flood ends its own connection, the others notice nothing, memory stays flat", async () => {
  const folder = await Deno.makeTempDir({ prefix: "relay-flood-" });
  const relay = await startRelayProcess(join(folder, "relay.db"));
  const people = await twoPeople(relay);
  const everyFlood = async (network: string) => {
    for (const [i, [name, message, code]] of FLOODS.entries()) {
      let isOver = false;
      const flooding = flood(relay, { ip: `${network}.${i + 1}`, message, maxMessages: 100_000 })
        .finally(() => isOver = true);
      let talks = 0;
      // At most ten a flood: their own rate holds for these two as well.
      do await people.talk(); while (!isOver && ++talks < 10);
      const outcome = await flooding;
      assert.equal(outcome.code, code, `${name}: ${JSON.stringify(outcome)}`);
    }
  };
  // The first time the Workers start and the heap takes its size: what grows after that is a leak.
  await everyFlood("198.51.100");
  const before = await relay.residentBytes();
  await everyFlood("203.0.113");
  await people.talk();
  const after = await relay.residentBytes();
  assert.ok(after - before < MAX_GROWTH_BYTES, `${before} → ${after} bytes`);
  await people.leave();
  await relay.stop();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("frames of 10 MB and endless fragments hold no memory", async () => {
  const folder = await Deno.makeTempDir({ prefix: "relay-flood-" });
  const relay = await startRelayProcess(join(folder, "relay.db"));
  const people = await twoPeople(relay);
  await people.talk();
  const large = Buffer.alloc(10_000_000, "x");
  const floodTwentyTimes = async () => {
    for (let i = 0; i < 20; i++) {
      const { code } = await flood(relay, {
        ip: "198.51.100.1",
        message: () => large,
        maxMessages: 5,
      });
      assert.ok([1006, 1009].includes(code), `${code}`);
      await people.talk();
    }
  };
  await floodTwentyTimes();
  const before = await relay.residentBytes();
  await floodTwentyTimes();
  const after = await relay.residentBytes();
  assert.ok(after - before < MAX_GROWTH_BYTES, `${before} → ${after} bytes`);
  await people.leave();
  await relay.stop();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("who opens sockets without end is held to a share, others still come in", async () => {
  const folder = await Deno.makeTempDir({ prefix: "relay-flood-" });
  const relay = await startRelayProcess(join(folder, "relay.db"));
  const people = await twoPeople(relay);
  const opened: TestClient[] = [];
  const refusals: unknown[] = [];
  for (let i = 0; i < 300; i++) {
    await connectClient(relay.url, from("198.51.100.1")).then(
      (client) => opened.push(client),
      (error) => refusals.push(error),
    );
  }
  assert.equal(opened.length, 250);
  assert.equal(refusals.length, 50);
  await people.talk();
  const late = await connectClient(relay.url, from("198.51.100.2"));
  await late.sync();
  for (const client of [...opened, late]) await client[Symbol.asyncDispose]();
  await people.leave();
  await relay.stop();
  await Deno.remove(folder, { recursive: true });
});
