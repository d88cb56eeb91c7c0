import { setTimeout as delay } from "node:timers/promises";
import { createBadPushDay } from "../../tests/support/bad_push_day.ts";
import { startPushService } from "../../tests/support/push_service.ts";
import {
  registerPerson,
  subscribeDevice,
  type Subscriber,
} from "../../tests/support/push_subscriber.ts";
import { createRandom } from "../../tests/support/random.ts";
import { startKezChat } from "../../tests/support/server.ts";
import { connectBench, makeMails, signFast } from "./relay_client.ts";
import { type Measurement, percentile } from "./report.ts";
import { processorSeconds } from "./processor_time.ts";
import { residentBytes } from "./resident_memory.ts";

const HANDLES = 1_000;
const DEVICES = 3;
const EVENTS = 10_000;
/** The events come within this time. */
const BURST_MS = 30_000;
/** A message of somebody who is not part of the burst. */
const PROBE_EVERY_MS = 50;
const IDLE_MS = 20_000;
/** A push waits for its last try for 42 s. */
const MAX_BEHIND_MS = 120_000;
/** Heaps breathe. */
const MAX_GROWTH_MB = 24;

/** A burst of messages to many handles, each pushed to its devices, and what others notice of that. */
export async function benchPush(): Promise<Measurement[]> {
  const day = createBadPushDay({ random: createRandom(Date.now() % 2 ** 31) });
  await using service = startPushService({ answer: day.answer });
  const pushHosts = ["--push-hosts", `127.0.0.1:${service.port}`];
  await using server = await startKezChat({ flags: ["--rate-limits", "off", ...pushHosts] });
  const deaf = await registerMany(server, "deaf");
  const people = await registerMany(server, "person");
  for (const person of people) {
    for (let i = 0; i < DEVICES; i++) {
      await subscribeDevice(server, person, `${service.origin}/${person.handle}/${i}`);
    }
  }
  const probe = await startProbe(server.relayUrl, await registerPerson(server, "probe"));
  const idle = await probe.during(() => delay(IDLE_MS));
  let sentMs: number[] = [];
  const burstTo = async (readers: Subscriber[]) => {
    const mails = mailsTo(readers);
    return await probe.during(async () => void (sentMs = await publish(server.relayUrl, mails)));
  };
  const processor = createStopwatch(server.pid);
  await processor.lap();
  const without = await burstTo(deaf);
  const withoutS = await processor.lap();
  const memory = watchMemory(server.pid);
  const startedMs = performance.now();
  await processor.lap();
  const during = await burstTo(people);
  const duringS = await processor.lap();
  const lastMs = sentMs.slice(-people.length);
  const devices = people.flatMap(({ endpoints }, i) =>
    endpoints.map((url) => ({ path: new URL(url).pathname, mailMs: lastMs[i]! }))
  );
  const due = () => devices.filter(({ path }) => !day.gone.has(path) && !day.givenUp.has(path));
  const told = () => due().filter(({ path, mailMs }) => (day.toldMs.get(path) ?? 0) >= mailMs);
  const behind = await probe.during(() => until(() => told().length === due().length));
  const tookS = (performance.now() - startedMs) / 1000;
  const { firstMb, earlierMb, laterMb } = await memory.stop();
  await probe.stop();
  if (service.faults.length > 0) throw new Error(service.faults[0]);
  const twiceIdle = { atMost: 2 * percentile(idle, 99) };
  const delivery = (name: string, values: number[], aim?: Measurement["aim"]): Measurement[] => [
    { name: `delivery p50, ${name}`, value: percentile(values, 50), unit: "ms" },
    { name: `delivery p99, ${name}`, value: percentile(values, 99), unit: "ms", aim },
  ];
  return [
    {
      name: "requests to the push service",
      value: service.pushes.length,
      unit: "",
      note: `in ${tookS.toFixed(0)} s; without coalescing at least ${EVENTS * DEVICES}`,
    },
    { name: "most in flight", value: service.maxInFlight, unit: "", aim: { atMost: 32 } },
    {
      name: "devices that were told of their last message",
      value: told().length,
      unit: "",
      aim: { atLeast: due().length },
      note:
        `of ${devices.length}; ${day.gone.size} are gone, ${day.givenUp.size} failed four times`,
    },
    ...delivery("idle", idle),
    ...delivery("the burst to people without devices", without),
    ...delivery("the same burst, pushed", during, twiceIdle),
    ...delivery("while the rest is pushed", behind, twiceIdle),
    { name: "the server's processor time for the burst alone", value: withoutS, unit: "s" },
    { name: "the same, pushed", value: duringS, unit: "s", note: `within ${BURST_MS / 1000} s` },
    { name: "memory before the burst", value: firstMb, unit: "MB" },
    { name: "most memory in its first half", value: earlierMb, unit: "MB" },
    {
      name: "most memory in its second half",
      value: laterMb,
      unit: "MB",
      aim: { atMost: earlierMb + MAX_GROWTH_MB },
    },
  ];
}

async function registerMany(server: { url: string; server: string }, name: string) {
  const people: Subscriber[] = [];
  for (let i = 0; i < HANDLES; i++) people.push(await registerPerson(server, `${name}${i}`));
  return people;
}

function mailsTo(people: readonly Subscriber[]): string[] {
  const each = EVENTS / people.length;
  const all = people.map(({ addr }) => makeMails(addr, each));
  // In turn, so that every handle has a burst of its own.
  return Array.from(
    { length: EVENTS },
    (_, i) => all[i % people.length]![Math.floor(i / people.length)]!,
  );
}

/** Sends the mails evenly over the time of a burst, and waits until all are stored. Returns when each was sent. */
async function publish(url: string, mails: readonly string[]): Promise<number[]> {
  const socket = await connectBench(url);
  const done = Promise.withResolvers<void>();
  let answered = 0;
  socket.onFrame(([verb, , accepted, words]) => {
    if (verb !== "OK") return;
    if (!accepted) done.reject(new Error(String(words)));
    else if (++answered === mails.length) done.resolve();
  });
  const startMs = Date.now();
  const sentMs: number[] = [];
  while (sentMs.length < mails.length) {
    const due = Math.ceil((Date.now() - startMs) / BURST_MS * mails.length);
    while (sentMs.length < Math.min(due, mails.length)) {
      socket.sendText(`["EVENT",${mails[sentMs.length]}]`);
      sentMs.push(Date.now());
    }
    await delay(1);
  }
  await Promise.race([done.promise, socket.ended]);
  await socket.close();
  return sentMs;
}

/** The processor time of a process since the last look, in seconds; NaN where nobody tells. */
function createStopwatch(pid: number) {
  let last = 0;
  return {
    async lap(): Promise<number> {
      const now = await processorSeconds(pid) ?? NaN;
      const lap = now - last;
      last = now;
      return lap;
    },
  };
}

/** The resident memory of a process, looked at each second. */
function watchMemory(pid: number) {
  const seen: number[] = [];
  const look = async () => void seen.push(await residentBytes(pid) / 2 ** 20);
  const first = look();
  const timer = setInterval(() => void look(), 1_000);
  return {
    async stop() {
      clearInterval(timer);
      await first;
      const half = Math.ceil(seen.length / 2);
      const [earlierMb, laterMb] = [seen.slice(0, half), seen.slice(half)].map((part) =>
        Math.max(...part)
      );
      return { firstMb: seen[0]!, earlierMb: earlierMb!, laterMb: laterMb! };
    },
  };
}

/** Somebody who publishes and somebody who listens: how long is it between the two. */
async function startProbe(url: string, { account }: Subscriber) {
  const key = { secret: account.nostrSecret, pubkey: account.nostr };
  const [writer, reader] = [await connectBench(url), await connectBench(url)];
  await reader.subscribe("live", { kinds: [1], authors: [key.pubkey], limit: 0 });
  const sentMs = new Map<string, number>();
  let times: number[] = [];
  reader.onFrame(([verb, , event]) => {
    const atMs = verb === "EVENT" && sentMs.get((event as { id: string }).id);
    if (atMs) times.push(performance.now() - atMs);
  });
  let count = 0;
  const timer = setInterval(() => {
    const created_at = Math.floor(Date.now() / 1000);
    const event = signFast({ kind: 1, created_at, tags: [], content: `${count++}` }, key);
    sentMs.set(event.id, performance.now());
    writer.send("EVENT", event);
  }, PROBE_EVERY_MS);
  return {
    async during(work: () => Promise<unknown>): Promise<number[]> {
      times = [];
      await work();
      return times;
    },
    async stop() {
      clearInterval(timer);
      await Promise.all([writer.close(), reader.close()]);
    },
  };
}

/** Ends when something is so, or has not come to be for a long time. */
async function until(isSo: () => boolean): Promise<void> {
  const startMs = performance.now();
  while (!isSo() && performance.now() - startMs < MAX_BEHIND_MS) await delay(250);
}
