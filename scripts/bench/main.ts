/**
 * Measures the program on this machine, and prints each value beside its aim.
 *
 *   deno task bench                       every suite that takes about a minute
 *   deno task bench own_relay http        some of them: own_relay, http, blobs, envelope, client, process
 *   deno task bench relay                 the relay, then beside others over 200,000 events; about half an hour
 *   deno task bench push                  10,000 messages to 1,000 handles of three devices; about three minutes
 *   deno task bench relay_growth          the relay at 10,000, 100,000 and 1,000,000 events
 *   deno task bench relay_soak [minutes]  the relay under a steady load, 10 minutes where none are given
 *
 * Other relays are found on PATH, or in the folder that RELAY_PEERS_BIN names. `--events N` measures over N events.
 */
import { parseArgs } from "node:util";
import { startKezChat } from "../../tests/support/server.ts";
import { benchBlobs } from "./blobs.ts";
import { benchClient } from "./client.ts";
import { compareRelays } from "./comparison.ts";
import { benchEnvelope } from "./envelope.ts";
import { parseEventCount } from "./event_count.ts";
import { benchHttp } from "./http.ts";
import { describeMachine } from "./machine.ts";
import { benchProcess } from "./process.ts";
import { benchPush } from "./push.ts";
import { benchRelay } from "./relay.ts";
import { benchGrowth } from "./relay_growth.ts";
import { soakRelay } from "./relay_soak.ts";
import { formatTable, type Measurement } from "./report.ts";

type Suite = () => Promise<string>;

const { values: options, positionals } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: { events: { type: "string" } },
});
const events = options.events === undefined ? undefined : eventCountOrExit(options.events);
const minutes = positionals.map(Number).find((number) => number > 0);
const named = positionals.filter((text) => Number.isNaN(Number(text)));

const SHORT: Record<string, Suite> = {
  own_relay: table("relay", benchRelay),
  http: table("http", benchHttpServer),
  blobs: table("blobs", benchBlobs),
  envelope: table("envelope", benchEnvelope),
  client: table("client", benchClient),
  process: table("process", benchProcess),
};
const SUITES: Record<string, Suite> = {
  push: table("push", benchPush),
  ...SHORT,
  relay: async () => `${await SHORT.own_relay!()}\n\n${await compareRelays(events)}`,
  relay_growth: () => benchGrowth(),
  relay_soak: () => soakRelay(minutes),
};

function table(title: string, measure: () => Promise<Measurement[]>): Suite {
  return async () => formatTable(title, await measure());
}

async function benchHttpServer(): Promise<Measurement[]> {
  await using target = await startKezChat({ flags: ["--rate-limits", "off"] });
  const port = Number(new URL(target.url).port);
  return await benchHttp({ hostname: "127.0.0.1", port, server: target.server });
}

function eventCountOrExit(text: string): number {
  try {
    return parseEventCount(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    console.error(error.message);
    Deno.exit(1);
  }
}

const asked = named.length === 0 || named.includes("all") ? Object.keys(SHORT) : named;
const unknown = asked.filter((name) => !(name in SUITES));
if (unknown.length > 0) {
  console.error(`There is no ${unknown.join(", ")}. There are: ${Object.keys(SUITES).join(", ")}.`);
  Deno.exit(1);
}
const [load] = Deno.loadavg();
console.log(
  `${describeMachine(new Date())}, load ${load!.toFixed(1)}` +
    (load! > 1 ? ": other work on this machine makes the values worse than they are\n" : "\n"),
);
for (const name of asked) console.log(`${await SUITES[name]!()}\n`);
