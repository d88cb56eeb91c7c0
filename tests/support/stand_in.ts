import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";

const read = (name: string) => Deno.readTextFileSync(new URL(`./tls/${name}`, import.meta.url));

/** Whom a stand-in's certificate is by. It names example.com, example.org, api.github.com, social.example, actor.example. */
export const STAND_IN_CA = read("ca.pem");

/** An https server on this machine that stands for the services of claims. */
export interface StandIn extends AsyncDisposable {
  port: number;
  /** TCP connections that it accepted, TLS or not. */
  connections: number;
  /** `host` and `url` of what was asked, in order. */
  requests: string[];
  headers: IncomingMessage["headers"][];
}

export type Handle = (request: IncomingMessage, response: ServerResponse) => void;

export async function startStandIn(handle: Handle): Promise<StandIn> {
  const requests: string[] = [];
  const headers: IncomingMessage["headers"][] = [];
  const server = createServer({ key: read("leaf.key"), cert: read("leaf.pem") }, (req, res) => {
    requests.push(`${req.headers.host}${req.url}`);
    headers.push(req.headers);
    handle(req, res);
  });
  const standIn = {
    port: 0,
    connections: 0,
    requests,
    headers,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  server.on("connection", () => standIn.connections++);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  standIn.port = (server.address() as AddressInfo).port;
  return standIn;
}
