import assert from "node:assert/strict";
import { connect } from "node:net";
import { healthOf } from "../support/members.ts";
import { residentMib } from "../support/resident_memory.ts";
import { startKezChat } from "../support/server.ts";
import { within } from "../support/within.ts";

const MIB = 2 ** 20;
const BOMB_BYTES = 16 * MIB;
const MAX_GROWTH_MIB = 64;

/** Sends parts until the server answers or ends the connection, which it has to. Resolves with what it answered. */
async function bomb(
  port: number,
  { head, part }: { head: string; part(i: number): string },
): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port });
  const ended = Promise.withResolvers<void>();
  let answer = "";
  socket.on("data", (bytes) => answer += bytes);
  // What the server has ended takes no more.
  socket.on("error", () => {});
  socket.on("close", () => ended.resolve());
  await new Promise((resolve) => socket.once("connect", resolve));
  let sentBytes = 0;
  const send = async (text: string): Promise<void> => {
    sentBytes += text.length;
    await Promise.race([new Promise((resolve) => socket.write(text, resolve)), ended.promise]);
  };
  await send(head);
  for (let i = 0; sentBytes < BOMB_BYTES && !socket.closed && answer === ""; i++) {
    await send(part(i));
  }
  assert.ok(sentBytes < BOMB_BYTES, "all of it was taken");
  socket.end();
  await within(ended.promise, { what: "end of the connection" });
  return answer;
}

const block = "x".repeat(16_384);
const HOST = "Host: localhost\r\n";

const BOMBS = [
  ["one header without end", { head: `GET / HTTP/1.1\r\n${HOST}X: `, part: () => block }],
  [
    "headers without end",
    { head: `GET / HTTP/1.1\r\n${HOST}`, part: (i: number) => `X-${i}: ${"y".repeat(1_000)}\r\n` },
  ],
  ["small headers without end", {
    head: `GET / HTTP/1.1\r\n${HOST}`,
    part: (i: number) => `${i}:\r\n`,
  }],
  ["a URL without end", { head: "GET /", part: () => block }],
  ["a method without end", { head: "", part: () => block }],
] as const;

/** Or an end without an answer. */
const REFUSED = /^(?:HTTP\/1\.1 (?:400|414|431) |$)/;

Deno.test("headers, URLs and methods without end are cut off at both listeners, others are served, memory stays flat", async () => {
  await using server = await startKezChat();
  const ports = [Number(new URL(server.url).port), server.relayPort];
  const before = await residentMib(server);
  for (const port of ports) {
    for (const [name, parts] of BOMBS) {
      const [answer, health] = await Promise.all([bomb(port, parts), healthOf(server)]);
      assert.match(answer, REFUSED, name);
      assert.equal(health.status, 200);
    }
  }
  const grown = await residentMib(server) - before;
  assert.ok(grown < MAX_GROWTH_MIB, `${grown} MiB`);
  assert.equal(await server.stop(), 0);
  assert.doesNotMatch(server.logs, /"level":"(?:warn|error)"/);
  console.log(`memory grew by ${grown.toFixed(0)} MiB`);
});
