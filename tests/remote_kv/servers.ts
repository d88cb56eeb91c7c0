import { freePort } from "../../scripts/free_port.ts";
import { type KezChat, startKezChat } from "../support/server.ts";
import { type DenoKv, startDenokv, TOKEN } from "./denokv.ts";

/** Servers of one name over one KV. */
export interface Stack extends AsyncDisposable {
  kv: DenoKv;
  servers: KezChat[];
  /** The name that all of them have. */
  name: string;
}

/** Starts so many of them, each with a relay of its own where there are several. */
export async function startServers(count: number): Promise<Stack> {
  await using stack = new AsyncDisposableStack();
  const kv = stack.use(await startDenokv());
  const ports = Array.from({ length: count }, () => ({ http: freePort(), relay: freePort() }));
  const name = `localhost:${ports[0]!.http}`;
  const relayUrls = ports.map(({ relay }) => `ws://localhost:${relay}/`);
  const peers = count > 1 ? ["--relay-peers", relayUrls.join(",")] : [];
  const servers: KezChat[] = [];
  for (const [i, own] of ports.entries()) {
    const flags = [
      ...["--db", kv.url, "--server", name, "--relay-url", relayUrls[i]!, ...peers],
      ...["--rate-limits", "off", "--registration", "open"],
    ];
    const server = await startKezChat({
      flags,
      ports: own,
      env: { DENO_KV_ACCESS_TOKEN: TOKEN },
    });
    servers.push(stack.use(server));
  }
  const owned = stack.move();
  return { kv, servers, name, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
