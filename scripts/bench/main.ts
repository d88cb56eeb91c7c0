/**
 * Measures the program on this machine, and prints each value beside its aim.
 *
 *   deno task bench                 everything
 *   deno task bench relay http      some of: relay, http, envelope, client, process
 */
import { startKezChat } from "../../tests/support/server.ts";
import { benchClient } from "./client.ts";
import { benchEnvelope } from "./envelope.ts";
import { benchHttp } from "./http.ts";
import { benchProcess } from "./process.ts";
import { benchRelay } from "./relay.ts";
import { formatTable, type Measurement } from "./report.ts";

const SUITES: Record<string, () => Promise<Measurement[]>> = {
  relay: benchRelay,
  http: benchHttpServer,
  envelope: benchEnvelope,
  client: benchClient,
  process: benchProcess,
};

async function benchHttpServer(): Promise<Measurement[]> {
  await using target = await startKezChat({ flags: ["--rate-limits", "off"] });
  const port = Number(new URL(target.url).port);
  return await benchHttp({ hostname: "127.0.0.1", port, server: target.server });
}

const asked = Deno.args.length === 0 || Deno.args.includes("all") ? Object.keys(SUITES) : Deno.args;
const unknown = asked.filter((name) => !(name in SUITES));
if (unknown.length > 0) {
  console.error(`There is no ${unknown.join(", ")}. There are: ${Object.keys(SUITES).join(", ")}.`);
  Deno.exit(1);
}
const [load] = Deno.loadavg();
console.log(
  `${navigator.hardwareConcurrency} cores, Deno ${Deno.version.deno}, load ${load!.toFixed(1)}` +
    (load! > 1 ? ": other work on this machine makes the values worse than they are\n" : "\n"),
);
for (const name of asked) console.log(`${formatTable(name, await SUITES[name]!())}\n`);
