import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { randomBytes } from "node:crypto";
import { makeEvent, randomHex } from "../relay/support/events.ts";
import { connectClient } from "../relay/support/test_client.ts";
import { healthOf, registerMember } from "../support/members.ts";
import { residentMib } from "../support/resident_memory.ts";
import { type KezChat, startKezChat } from "../support/server.ts";

const CROWD = 5_000;
/** Of this process and of the server's, which has the same limit: each end of a connection is one. */
const NEEDED_FILES = CROWD + 1_000;
const AT_ONCE = 250;
const MAX_GROWTH_MIB = 400;
/** Of the 250 that an address may have. */
const SOCKETS_AN_ADDRESS = 200;

async function mayOpen(files: number): Promise<boolean> {
  const { stdout } = await new Deno.Command("bash", { args: ["-c", "ulimit -n"] }).output()
    .catch(() => ({ stdout: new Uint8Array() }));
  const limit = new TextDecoder().decode(stdout).trim();
  return limit === "unlimited" || Number(limit) >= files;
}

/** Connections that are all open, each after `greet` has said what it has to say. */
async function crowd(
  { port, count = CROWD, greet }: {
    port: number;
    count?: number;
    greet(socket: Socket, i: number): Promise<void>;
  },
): Promise<AsyncDisposable & { sockets: Socket[] }> {
  const sockets: Socket[] = [];
  while (sockets.length < count) {
    const first = sockets.length;
    const size = Math.min(AT_ONCE, count - first);
    const opened = Array.from({ length: size }, () => connect({ host: "127.0.0.1", port }));
    // Whether they are open at the end is what counts.
    for (const socket of opened) socket.on("error", () => {});
    sockets.push(...opened);
    await Promise.all(opened.map(async (socket, i) => {
      await once(socket, "connect");
      await greet(socket, first + i);
    }));
  }
  return {
    sockets,
    async [Symbol.asyncDispose]() {
      const ends = sockets.filter(({ closed }) => !closed).map((socket) => once(socket, "close"));
      for (const socket of sockets) socket.destroy();
      await Promise.all(ends);
    },
  };
}

const areOpen = (sockets: readonly Socket[]) =>
  sockets.filter(({ destroyed, readableEnded }) => !destroyed && !readableEnded).length;

/** Half of a request, which never goes on. */
const greetByHalf = (socket: Socket) =>
  new Promise<void>((resolve) => void socket.write("GET / HTTP/1.1\r\nX: ", () => resolve()));

/** Becomes a WebSocket, and says nothing. */
async function greetAsSocket(socket: Socket, i: number): Promise<void> {
  const address = `10.0.${Math.floor(i / SOCKETS_AN_ADDRESS)}.1`;
  const key = randomBytes(16).toString("base64");
  const lines = ["GET / HTTP/1.1", "Host: localhost", "Connection: Upgrade", "Upgrade: websocket"];
  lines.push("Sec-WebSocket-Version: 13", `Sec-WebSocket-Key: ${key}`);
  lines.push(`X-Forwarded-For: ${address}`, "", "");
  socket.write(lines.join("\r\n"));
  const [answer] = await once(socket, "data");
  assert.match(String(answer), /^HTTP\/1\.1 101 /);
}

/** Somebody comes, registers, and gets a message live. Resolves with how long all of it took. */
async function comeAndTalk(server: KezChat, handle: string): Promise<number> {
  const startMs = performance.now();
  assert.equal((await healthOf(server)).status, 200);
  await registerMember(server, handle);
  const topic = randomHex();
  await using reader = await connectClient(server.relayUrl);
  await using writer = await connectClient(server.relayUrl);
  await reader.subscribe("talk", { "#t": [topic] });
  const said = makeEvent({ tags: [["t", topic]] });
  assert.deepEqual(await writer.publish(said), [true, ""]);
  assert.equal((await reader.live("talk")).id, said.id);
  return performance.now() - startMs;
}

const relayOf = ({ relayPort }: KezChat) => relayPort;
const start = () => startKezChat({ flags: ["--relay-policy", "open", "--rate-limits", "off"] });

for (
  const { name, portOf, greet, count, isEnded } of [
    // The relay has 5,000 in all; the last are of those who come and talk.
    { name: "idle sockets", portOf: relayOf, greet: greetAsSocket, count: CROWD - 10 },
    {
      name: "half-open connections to the relay",
      portOf: relayOf,
      greet: greetByHalf,
      count: CROWD,
      isEnded: true,
    },
    {
      name: "half-open connections to the app and its API",
      portOf: ({ url }: KezChat) => Number(new URL(url).port),
      greet: greetByHalf,
      count: CROWD,
    },
  ]
) {
  Deno.test(`${count} ${name} are in nobody's way`, async (t) => {
    if (!await mayOpen(NEEDED_FILES)) {
      return console.log(`skipped, too few files may be open here (ulimit -n): ${t.name}`);
    }
    await using server = await start();
    const alone = await comeAndTalk(server, "alice");
    const before = await residentMib(server);
    await using held = await crowd({ port: portOf(server), count, greet });
    const tookMs = await comeAndTalk(server, "bob");
    const grown = await residentMib(server) - before;
    // The relay ends half a request after 10 s, which a slow machine takes to open them all.
    if (!isEnded) assert.equal(areOpen(held.sockets), count);
    assert.ok(grown < MAX_GROWTH_MIB, `${grown} MiB`);
    console.log(
      `${grown.toFixed(0)} MiB; somebody needs ${tookMs.toFixed(0)} ms, before them ${
        alone.toFixed(0)
      } ms`,
    );
    assert.doesNotMatch(server.logs, /"level":"(?:warn|error)","event":"(?!rate limits are off)/);
    assert.equal(await server.stop(), 0);
  });
}
