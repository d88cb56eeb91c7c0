import { setTimeout as delay } from "node:timers/promises";
import { type BadPushDay, createBadPushDay } from "../../tests/support/bad_push_day.ts";
import { type PushService, startPushService } from "../../tests/support/push_service.ts";
import {
  registerPerson,
  subscribeDevice,
  type Subscriber,
} from "../../tests/support/push_subscriber.ts";
import { createRandom } from "../../tests/support/random.ts";
import { type KezChat, startKezChat } from "../../tests/support/server.ts";
import { startProbe } from "./delivery_probe.ts";
import { createStopwatch, watchMemory } from "./process_watch.ts";
import { BURST_MS, EVENTS, mailsTo, publishEvenly, registerMany } from "./push_burst.ts";
import { type Measurement, percentile } from "./report.ts";

const HANDLES = 1_000;
const DEVICES = 3;
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
  const measured = await measure({ server, service, day });
  if (service.faults.length > 0) throw new Error(service.faults[0]);
  return [
    {
      name: "requests to the push service",
      value: service.pushes.length,
      unit: "",
      note: `in ${measured.tookS.toFixed(0)} s; without coalescing at least ${EVENTS * DEVICES}`,
    },
    { name: "most in flight", value: service.maxInFlight, unit: "", aim: { atMost: 32 } },
    {
      name: "devices that were told of their last message",
      value: measured.told,
      unit: "",
      aim: { atLeast: measured.due },
      note: `of ${
        HANDLES * DEVICES
      }; ${day.gone.size} are gone, ${day.givenUp.size} failed four times`,
    },
    ...deliveryRows(measured),
    {
      name: "the server's processor time for the burst alone",
      value: measured.withoutS,
      unit: "s",
    },
    {
      name: "the same, pushed",
      value: measured.duringS,
      unit: "s",
      note: `within ${BURST_MS / 1000} s`,
    },
    { name: "memory before the burst", value: measured.memory.firstMb, unit: "MB" },
    { name: "most memory in its first half", value: measured.memory.earlierMb, unit: "MB" },
    {
      name: "most memory in its second half",
      value: measured.memory.laterMb,
      unit: "MB",
      aim: { atMost: measured.memory.earlierMb + MAX_GROWTH_MB },
    },
  ];
}

/** Bursts to people without devices and to people with some, beside somebody who is not part of them. */
async function measure(
  { server, service, day }: { server: KezChat; service: PushService; day: BadPushDay },
) {
  const deaf = await registerMany(server, { name: "deaf", count: HANDLES });
  const people = await registerMany(server, { name: "person", count: HANDLES });
  for (const person of people) {
    for (let i = 0; i < DEVICES; i++) {
      await subscribeDevice(server, person, `${service.origin}/${person.handle}/${i}`);
    }
  }
  const { account } = await registerPerson(server, "probe");
  const own = { secret: account.nostrSecret, pubkey: account.nostr };
  const probe = await startProbe(server.relayUrl, own);
  const idle = await probe.during(() => delay(IDLE_MS));
  const processor = createStopwatch(server.pid);
  let sentMs: number[] = [];
  const burstTo = async (readers: Subscriber[]) => {
    const mails = mailsTo(readers);
    await processor.lap();
    return await probe.during(async () => {
      sentMs = await publishEvenly(server.relayUrl, mails);
    });
  };
  const without = await burstTo(deaf);
  const withoutS = await processor.lap();
  const memory = watchMemory(server.pid);
  const startedMs = performance.now();
  const during = await burstTo(people);
  const duringS = await processor.lap();
  const devices = devicesOf(people, sentMs.slice(-people.length));
  const due = () => devices.filter(({ path }) => !day.gone.has(path) && !day.givenUp.has(path));
  const told = () => due().filter(({ path, mailMs }) => (day.toldMs.get(path) ?? 0) >= mailMs);
  const behind = await probe.during(() => until(() => told().length === due().length));
  const tookS = (performance.now() - startedMs) / 1000;
  await probe.stop();
  return {
    ...{ idle, without, during, behind, withoutS, duringS, tookS },
    ...{ told: told().length, due: due().length, memory: await memory.stop() },
  };
}

/** Each device, by its endpoint's path, with when the last message for it was sent. */
function devicesOf(people: readonly Subscriber[], lastMs: readonly number[]) {
  return people.flatMap(({ endpoints }, i) =>
    endpoints.map((url) => ({ path: new URL(url).pathname, mailMs: lastMs[i]! }))
  );
}

function deliveryRows(
  { idle, without, during, behind }: Record<"idle" | "without" | "during" | "behind", number[]>,
): Measurement[] {
  const twiceIdle = { atMost: 2 * percentile(idle, 99) };
  const rows = (name: string, values: number[], aim?: Measurement["aim"]): Measurement[] => [
    { name: `delivery p50, ${name}`, value: percentile(values, 50), unit: "ms" },
    { name: `delivery p99, ${name}`, value: percentile(values, 99), unit: "ms", aim },
  ];
  return [
    ...rows("idle", idle),
    ...rows("the burst to people without devices", without),
    ...rows("the same burst, pushed", during, twiceIdle),
    ...rows("while the rest is pushed", behind, twiceIdle),
  ];
}

/** Ends when something is so, or has not come to be for a long time. */
async function until(isSo: () => boolean): Promise<void> {
  const startMs = performance.now();
  while (!isSo() && performance.now() - startMs < MAX_BEHIND_MS) await delay(250);
}
