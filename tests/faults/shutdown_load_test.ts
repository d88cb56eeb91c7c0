import assert from "node:assert/strict";
import { connect } from "node:net";
import { makeEvent } from "../relay/support/events.ts";
import { connectClient } from "../relay/support/test_client.ts";
import { registerMember } from "../support/members.ts";
import { type KezChat, startKezChat } from "../support/server.ts";
import type { NostrEvent } from "../../protocol/nostr_event.ts";
import { randomBytes } from "../support/random_bytes.ts";

const ASKERS = 20;
const PEOPLE = 10;
const MIN_ANSWERS = 200;
/** Of each of the people. */
const MIN_EVENTS = 20;
const PATHS = ["/v1/u/alice", "/v1/config", "/", "/v1/u/nobody"];

/** Asks over a connection of its own. Null where it was not let in, else all that was answered. */
async function ask({ url }: KezChat, path: string): Promise<string | null> {
  const { host, port } = new URL(url);
  const socket = connect({ host: "127.0.0.1", port: Number(port) });
  let answer = "";
  socket.setEncoding("utf8").on("data", (text) => answer += text);
  // A connection that still stands in line when the listener goes is reset, without a byte.
  socket.on("error", () => {});
  socket.on("connect", () => {
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  });
  await new Promise((resolve) => socket.once("close", resolve));
  return answer === "" ? null : answer;
}

/** Whether an answer is there to its end. */
function isWhole(answer: string): boolean {
  const [head, ...body] = answer.split("\r\n\r\n");
  const length = head!.match(/^content-length: (\d+)$/im)?.[1];
  const bytes = new TextEncoder().encode(body.join("\r\n\r\n")).length;
  return length === undefined ? /\r\n0\r\n\r\n$/.test(answer) : bytes === Number(length);
}

/**
 * Publishes until the socket ends. Resolves with what was acknowledged, and the code of the end.
 *
 * @param onKept how many were acknowledged so far
 */
async function publishToTheEnd({ relayUrl }: KezChat, onKept: (count: number) => void) {
  const client = await connectClient(relayUrl);
  const secret = randomBytes(32);
  const kept: NostrEvent[] = [];
  for (let i = 0; !await isOver(client.ended); i++) {
    const event = makeEvent({ content: `${i}` }, secret);
    const answer = await client.publish(event).catch(() => null);
    if (answer === null) break;
    assert.deepEqual(answer, [true, ""]);
    kept.push(event);
    onKept(kept.length);
  }
  return { kept, code: await client.ended };
}

const isOver = (ended: Promise<number>) =>
  Promise.race([ended.then(() => true), Promise.resolve(false)]);

Deno.test("SIGTERM under load: whoever is answered is answered wholly and without a 5xx, sockets end with 1001, and what was acknowledged is kept", async () => {
  await using server = await startKezChat({
    flags: ["--relay-policy", "open", "--rate-limits", "off"],
  });
  await registerMember(server, "alice");
  const answers: string[] = [];
  const keptCounts: number[] = Array(PEOPLE).fill(0);
  const underLoad = Promise.withResolvers<void>();
  const onAnswer = () => {
    if (answers.length < MIN_ANSWERS) return;
    if (keptCounts.every((count) => count >= MIN_EVENTS)) underLoad.resolve();
  };
  let isStopping = false;
  const askers = Array.from({ length: ASKERS }, async (_, i) => {
    for (;;) {
      const answer = await ask(server, PATHS[i++ % PATHS.length]!);
      if (answer === null) return assert.ok(isStopping);
      answers.push(answer);
      onAnswer();
    }
  });
  const people = keptCounts.map((_, i) =>
    publishToTheEnd(server, (count) => {
      keptCounts[i] = count;
      onAnswer();
    })
  );
  await underLoad.promise;
  isStopping = true;
  const startMs = performance.now();
  const code = await server.stop();
  const tookMs = performance.now() - startMs;
  await Promise.all(askers);
  const published = await Promise.all(people);

  assert.equal(code, 0);
  assert.deepEqual(answers.filter((answer) => !/^HTTP\/1\.1 (?:200|404) /.test(answer)), []);
  assert.deepEqual(answers.filter((answer) => !isWhole(answer)), []);
  assert.deepEqual(published.map(({ code }) => code), Array(PEOPLE).fill(1001));
  await server.restart();
  await using client = await connectClient(server.relayUrl);
  for (const { kept } of published) {
    assert.ok(kept.length >= MIN_EVENTS);
    const ids = kept.map(({ id }) => id);
    for (let at = 0; at < ids.length; at += 200) {
      const some = ids.slice(at, at + 200);
      assert.equal((await client.query({ ids: some })).length, some.length);
    }
  }
  const events = keptCounts.reduce((sum, count) => sum + count);
  console.log(`${answers.length} answers, ${events} events; stopped in ${tookMs.toFixed(0)} ms`);
});
