import { simulate, type SimulationSize } from "./simulation.ts";

/**
 * `deno task simulate` runs the full size, and prints what happened; `SEED=7 deno task simulate` does one seed again.
 * The order in which events arrive is the machine's, so that a seed does not bring back each failure at once.
 */
const isFull = Deno.env.get("SIMULATE") === "full";
const given = Deno.env.get("SEED");

const SHORT: SimulationSize = {
  clients: 3,
  messages: 200,
  trafficMs: 12_000,
  maxSettleMs: 60_000,
};
const FULL: SimulationSize = {
  clients: 10,
  messages: 2_000,
  trafficMs: 180_000,
  maxSettleMs: 300_000,
};

Deno.test("people who chat over faulty relays get every message once, and see nothing untrue", async () => {
  const seed = Number(given ?? crypto.getRandomValues(new Uint32Array(1))[0]);
  const report = await simulate(seed, isFull ? FULL : SHORT);
  if (isFull) console.log(`SEED=${seed}: ${report}`);
});
