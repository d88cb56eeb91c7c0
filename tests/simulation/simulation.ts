import { createRandom } from "../support/random.ts";
import { gather } from "./sim_people.ts";
import { countSent, findUnsettled, findUntrue, retryFailed } from "./sim_verdict.ts";
import { startWeather } from "./sim_weather.ts";
import { startSimWorld } from "./sim_world.ts";
import { createWitness } from "./sim_witness.ts";

/** How large a simulation is. */
export interface SimulationSize {
  clients: number;
  messages: number;
  /** How long people write, in the test's own time. */
  trafficMs: number;
  /** How long everything may take to settle after the faults are lifted. */
  maxSettleMs: number;
}

const DISTURBANCE_EVERY_MS = 400;
const ANSWER_EVERY_MS = 4_000;
const SLEEP_EVERY_MS = 20_000;
const MAX_SLEEP_MS = 3 * 60 * 60 * 1000;
const LOOK_EVERY_MS = 1_500;
const MAX_FINDINGS = 30;

/**
 * Lets people chat over faulty relays while their devices end and begin, then lifts the faults and looks whether every
 * message is where it should be, and everything that was ever shown was true. The seed decides what happens, and not in
 * which order events arrive.
 *
 * @returns what happened
 * @throws Error with the seed and what was found
 */
export async function simulate(
  seed: number,
  { clients, messages, trafficMs, maxSettleMs }: SimulationSize,
): Promise<string> {
  const random = createRandom(seed);
  await using world = await startSimWorld({ random, clients });
  const witness = createWitness(world);
  const company = await gather({ world, witness, random });
  for (const seat of world.seats) witness.watch(seat, seat.device!);

  const traffic = new AbortController();
  const pause = (ms: number) => sleepUnlessOver(ms, traffic.signal);
  const weather = startWeather({ world, random: createRandom(seed + 1), pause });
  const every = async (ms: number, act: () => unknown) => {
    while (await pause(ms)) await act();
  };
  const everyWithoutWaiting = (ms: number, act: () => Promise<void>) => {
    const running = new Set<Promise<void>>();
    return every(ms, () => {
      const one = act().finally(() => running.delete(one));
      running.add(one);
    }).then(() => Promise.all(running));
  };
  const work = [
    everyWithoutWaiting(DISTURBANCE_EVERY_MS, () => company.disturb(pause)),
    every(ANSWER_EVERY_MS, () => company.answerOne()),
    every(SLEEP_EVERY_MS, () => world.sleep(random.int(MAX_SLEEP_MS))),
  ];
  const begunMs = performance.now();
  for (let written = 0; written < messages; written++) {
    const dueMs = begunMs + trafficMs * written / messages;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueMs - performance.now())));
    company.write();
  }
  traffic.abort();
  await Promise.all(work);
  await weather.clear();
  await company.answerAll();
  for (const seat of world.seats) await company.restart(seat, "reload");

  const scene = { world, witness, company };
  const deadlineMs = performance.now() + maxSettleMs;
  let findings: string[];
  do {
    await retryFailed(world);
    for (const { device } of world.seats) device?.chats.retryConnection();
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    findings = await findUnsettled(scene);
  } while (findings.length > 0 && performance.now() < deadlineMs);
  findings.push(...await findUntrue(scene));
  if (findings.length > 0) {
    const words = findings.slice(0, MAX_FINDINGS).join("\n  ");
    throw new Error(`SEED=${seed}: ${findings.length} findings\n  ${words}`);
  }
  const seconds = Math.round((performance.now() - begunMs) / 1000);
  const { queued, unsure } = countSent(witness.sent.values());
  const spells = Object.entries(weather.counts).map(([name, count]) => `${name} ${count}`);
  const size =
    `${world.seats.length} devices, ${queued} messages, ${unsure} more cut off by a crash`;
  return `${size}, ${seconds} s; ${spells.join(", ")}`;
}

/** True after the wait; false, and at once, where it is over. */
function sleepUnlessOver(ms: number, over: AbortSignal): Promise<boolean> {
  if (over.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      over.removeEventListener("abort", end);
      resolve(!over.aborted);
    };
    const timer = setTimeout(end, ms);
    over.addEventListener("abort", end);
  });
}
