/**
 * Nonsense, and messages that were damaged, against a running relay: every one has the answer that it should have, and
 * nobody else notices. `FUZZ_ROUNDS` (2) is how many relays there are, `FUZZ_SEED` (1) the first one's seed. Keys and times
 * are new in each run: a failure prints the message itself.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { NostrEvent } from "../../protocol/nostr_event.ts";
import { temporaryFolder } from "../support/command.ts";
import { startRelayProcess } from "../support/relay_process.ts";
import { damagedFrame, randomBytesOf, signedEvents, validFrame } from "./support/fuzz_frames.ts";
import { checkAnswer, checkWords, dueAnswer, isAskedFor } from "./support/fuzz_oracle.ts";
import { meet } from "./support/fuzz_people.ts";
import { createRandom, fuzzSeeds, type Random } from "../support/random.ts";
import { connectClient, type TestClient } from "./support/test_client.ts";
import { startTestRelay, type TestRelay } from "./support/test_relay.ts";

const MESSAGES = 6_000;
const TALK_EVERY = 100;
const BURST_CLIENTS = 12;
const BURST_MESSAGES = 400;
const MAX_GROWTH_BYTES = 64 * 2 ** 20;

/** What a relay ends a connection with: no UTF-8, too many refusals. (RFC 6455 §7.4.1) */
const ENDINGS = [1007, 1008];

function assertNoFault({ logLines }: TestRelay): void {
  const faults = logLines.filter((line) => line.includes('"level":"error"'));
  assert.deepEqual(faults, []);
}

/** A client that sends one message after the other, and looks at every frame that comes. */
function createProber(client: TestClient) {
  /** The REQs of each id whose events may come yet. */
  const asked = new Map<string, string[]>();

  const readAnswer = async (text: string): Promise<string | null> => {
    const due = dueAnswer(text);
    if (!due) return null;
    const reqId = due.verbs[0] === "EOSE" && "id" in due ? due.id : null;
    if (reqId !== null) asked.set(reqId, [...asked.get(reqId) ?? [], text]);
    for (;;) {
      const frame = await client.next();
      const [verb, id, event] = frame;
      if (verb !== "EVENT") {
        checkAnswer(frame, { text, due });
        if (reqId !== null) asked.set(reqId, verb === "EOSE" ? [text] : []);
        return verb;
      }
      const reqs = asked.get(id as string) ?? [];
      assert.ok(reqs.some((req) => isAskedFor(event as NostrEvent, req)), JSON.stringify(frame));
    }
  };
  return {
    /** Sends a message and gives the verb of its answer; null where none is due. */
    async probe(text: string): Promise<string | null> {
      client.sendRaw(text);
      return await readAnswer(text);
    },
    /** The same for bytes; their answer is always the same. */
    async probeBytes(bytes: Uint8Array, isBinary: boolean): Promise<string> {
      client.socket.send(bytes, { binary: isBinary });
      return await readAnswer("") ?? "";
    },
  };
}

/** Sends bytes on a connection of its own, because text that is not UTF-8 ends it. */
async function probeBytes(relay: TestRelay, bytes: Uint8Array): Promise<void> {
  await using client = await relay.connect();
  const prober = createProber(client);
  assert.equal(await prober.probeBytes(bytes, true), "NOTICE");
  const isText = isUtf8(bytes);
  const outcome = prober.probeBytes(bytes, false).catch(() => client.ended);
  assert.equal(await outcome, isText ? "NOTICE" : 1007);
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

for (const seed of fuzzSeeds(2)) {
  Deno.test(`every damaged message has the answer that it should have, one (seed ${seed})`, async () => {
    const random = createRandom(seed);
    const events = signedEvents();
    await using relay = await startTestRelay({ limits: { maxStrikes: 1e9 } });
    await using people = await meet(() => relay.connect());
    await using client = await relay.connect();
    const prober = createProber(client);
    const answers = new Map<string | null, number>();
    for (let i = 0; i < MESSAGES; i++) {
      const text = damagedFrame(random, events);
      const verb = await prober.probe(text).catch((error) => {
        throw new Error(`seed ${seed}, message ${i}: ${text.slice(0, 4_000)}`, { cause: error });
      });
      answers.set(verb, (answers.get(verb) ?? 0) + 1);
      if (i % TALK_EVERY === 0) await people.talk();
    }
    assertNoFault(relay);
    for (const verb of [null, "NOTICE", "OK", "EOSE", "CLOSED", "COUNT", "NEG-MSG", "NEG-ERR"]) {
      assert.ok((answers.get(verb) ?? 0) > 20, JSON.stringify([...answers]));
    }
  });

  Deno.test(`random bytes get a NOTICE, or end their connection as no UTF-8 (seed ${seed})`, async () => {
    const random = createRandom(seed);
    await using relay = await startTestRelay();
    await using people = await meet(() => relay.connect());
    for (let i = 0; i < 200; i++) {
      const bytes = randomBytesOf(random);
      await probeBytes(relay, bytes).catch((error) => {
        throw new Error(`seed ${seed}, bytes ${bytes.slice(0, 1_000)}`, { cause: error });
      });
      if (i % TALK_EVERY === 0) await people.talk();
    }
    assertNoFault(relay);
  });

  Deno.test(`damaged messages in bursts end their own connection at most (seed ${seed})`, async () => {
    const random = createRandom(seed);
    const events = signedEvents();
    await using relay = await startTestRelay();
    await using people = await meet(() => relay.connect());
    const connect = () => relay.connect();
    await Promise.all([burst(random, { events, connect }), people.talk()]);
    assertNoFault(relay);
  });
}

/**
 * Sends messages, good ones among them, on many connections and without a look at the answers; then all that came must
 * have the right words.
 */
async function burst(random: Random, { events, connect }: {
  events: readonly NostrEvent[];
  connect(): Promise<TestClient>;
}): Promise<void> {
  await using opened = new AsyncDisposableStack();
  const clients: TestClient[] = [];
  for (let i = 0; i < BURST_CLIENTS; i++) clients.push(opened.use(await connect()));
  for (const client of clients) sendMany(client, { random, events });
  await Promise.all(clients.map(async (client) => {
    client.send("COUNT", "last", { limit: 0 });
    const code = await client.next(([verb, id]) => verb === "COUNT" && id === "last")
      .then(() => null, () => client.ended);
    assert.ok(code === null || ENDINGS.includes(code), `code ${code}`);
    for (const frame of client.unread()) checkWords(frame);
  }));
}

function sendMany(
  client: TestClient,
  { random, events }: { random: Random; events: readonly NostrEvent[] },
): void {
  const damagedOneIn = random.pick([1, 3, 10]);
  for (let i = 0; i < BURST_MESSAGES; i++) {
    if (!random.oneIn(damagedOneIn)) client.send(...validFrame(random, events));
    else if (random.oneIn(500)) client.socket.send(randomBytesOf(random), { binary: false });
    else if (random.oneIn(20)) client.sendRaw(randomBytesOf(random));
    else client.sendRaw(damagedFrame(random, events));
  }
}

Deno.test("damaged messages leave nothing in memory", async () => {
  await using folder = await temporaryFolder();
  await using relay = await startRelayProcess(join(folder.path, "relay.db"));
  const [seed] = fuzzSeeds(1);
  const random = createRandom(seed!);
  const events = signedEvents();
  let clients = 0;
  // Each from an address of its own, or the rate of one would soon be all that answers.
  const connect = () => {
    clients += 1;
    const address = `2001:db8:0:${clients.toString(16)}::1`;
    return connectClient(relay.url, { headers: { "x-forwarded-for": address } });
  };
  await using people = await meet(connect);
  const manyBursts = async () => {
    for (const _ of fuzzSeeds(2)) {
      await Promise.all([burst(random, { events, connect }), people.talk()]);
    }
  };
  // The first time the Workers start and the heap takes its size: what grows after that is a leak.
  await manyBursts();
  const before = await relay.residentBytes();
  await manyBursts();
  const after = await relay.residentBytes();
  assert.ok(after - before < MAX_GROWTH_BYTES, `${before} → ${after} bytes, seed ${seed}`);
});
