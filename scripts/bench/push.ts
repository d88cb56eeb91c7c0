import { setTimeout as delay } from "node:timers/promises";
import { startPushService } from "../../tests/support/push_service.ts";
import {
  registerPerson,
  subscribeDevice,
  type Subscriber,
} from "../../tests/support/push_subscriber.ts";
import { startKezChat } from "../../tests/support/server.ts";
import { connectBench, makeMails, signFast } from "./relay_client.ts";
import { type Measurement, percentile } from "./report.ts";
import { residentBytes } from "./resident_memory.ts";

const HANDLES = 1_000;
const DEVICES = 3;
const EVENTS = 10_000;
const PUBLISHERS = 4;
/** A message of somebody who is not part of the burst. */
const PROBE_EVERY_MS = 50;
const IDLE_PROBES = 100;
/** No push for so long: it is over. */
const QUIET_MS = 5_000;

/** 5 % 429, 5 % 500, 2 % 410, 1 % no answer at all. */
function badDay(): Response | null {
  const of100 = Math.random() * 100;
  if (of100 < 5) return new Response(null, { status: 429, headers: { "Retry-After": "2" } });
  if (of100 < 10) return new Response(null, { status: 500 });
  if (of100 < 12) return new Response(null, { status: 410 });
  return of100 < 13 ? null : new Response(null, { status: 201 });
}

/** A burst of messages to many handles, each pushed to its devices, and what others notice of that. */
export async function benchPush(): Promise<Measurement[]> {
  await using service = startPushService({ answer: badDay });
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
  const idle = await probe.during(() => delay(IDLE_PROBES * PROBE_EVERY_MS));
  const burstTo = async (readers: Subscriber[]) => {
    const mails = mailsTo(readers);
    return await probe.during(() => publish(server.relayUrl, mails));
  };
  const without = await burstTo(deaf);
  const before = await residentBytes(server.pid);
  const startedMs = performance.now();
  const during = await burstTo(people);
  const behind = await probe.during(() => untilQuiet(() => service.pushes.length));
  const tookS = (performance.now() - startedMs - QUIET_MS) / 1000;
  const after = await residentBytes(server.pid);
  await probe.stop();
  if (service.faults.length > 0) throw new Error(service.faults[0]);
  const p99 = (name: string, values: number[], aim = false): Measurement => ({
    name: `delivery p99, ${name}`,
    value: percentile(values, 99),
    unit: "ms",
    ...(aim ? { aim: { atMost: 2 * percentile(idle, 99) } } : {}),
  });
  return [
    {
      name: "requests to the push service",
      value: service.pushes.length,
      unit: "",
      note: `in ${tookS.toFixed(0)} s`,
    },
    { name: "most in flight", value: service.maxInFlight, unit: "", aim: { atMost: 32 } },
    p99("idle", idle),
    p99("the burst to people without devices", without),
    p99("the same burst, pushed", during),
    p99("while the rest is pushed", behind, true),
    { name: "memory that the burst took", value: (after - before) / 2 ** 20, unit: "MB" },
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

async function publish(url: string, mails: readonly string[]): Promise<void> {
  await Promise.all(Array.from({ length: PUBLISHERS }, async (_, at) => {
    const socket = await connectBench(url);
    const own = mails.filter((_, i) => i % PUBLISHERS === at);
    let sent = 0;
    let answered = 0;
    const done = Promise.withResolvers<void>();
    const next = () => sent < own.length && socket.sendText(`["EVENT",${own[sent++]}]`);
    socket.onFrame(([verb]) => {
      if (verb !== "OK") return;
      if (++answered === own.length) done.resolve();
      next();
    });
    for (let i = 0; i < 16; i++) next();
    await Promise.race([done.promise, socket.ended]);
    await socket.close();
  }));
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

async function untilQuiet(count: () => number): Promise<void> {
  for (let before = -1; count() !== before;) {
    before = count();
    await delay(QUIET_MS);
  }
}
