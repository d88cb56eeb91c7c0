import { request as requestPlainly } from "node:http";
import { request as requestOverTls } from "node:https";
import { join } from "node:path";
import { ROOT } from "../../scripts/build_client.ts";
import type { KezChat } from "./server.ts";
import { within } from "./within.ts";

/** Where a proxy is, and whose certificates it may show. */
export interface Proxy {
  origin: string;
  ca?: string;
}

interface Answer {
  status: number;
  location: string | undefined;
  /** `Strict-Transport-Security`. */
  transport: string | undefined;
  text: string;
}

/** Asks for a path as it is written, without making it a tidy one. */
export function ask(
  { origin, ca }: Proxy,
  { method = "GET", path, body }: { method?: string; path: string; body?: Uint8Array },
): Promise<Answer> {
  const { hostname, port } = new URL(origin);
  const send = origin.startsWith("https:") ? requestOverTls : requestPlainly;
  return new Promise((resolve, reject) => {
    const request = send({ hostname, port, path, method, ca, agent: false }, async (response) => {
      let text = "";
      for await (const chunk of response) text += chunk;
      const { location, "strict-transport-security": transport } = response.headers;
      resolve({ status: response.statusCode!, location, transport, text });
    });
    request.on("error", reject);
    request.end(body);
  });
}

/** A route of `deploy/proxy`, leading to a server of the test. */
export async function routeTo(server: KezChat, file: string): Promise<string> {
  const text = await Deno.readTextFile(join(ROOT, "deploy", file));
  return text
    .replaceAll("127.0.0.1:6969", `127.0.0.1:${new URL(server.url).port}`)
    .replaceAll("127.0.0.1:6970", `127.0.0.1:${server.relayPort}`);
}

/** Runs a proxy until the test is done with it. */
export async function withProgram(
  command: string,
  { args, cwd, proxy }: { args: string[]; cwd: string; proxy: Proxy },
  use: (proxy: Proxy) => Promise<void>,
): Promise<void> {
  // What it keeps it keeps in the folder of the test.
  const env = { HOME: cwd, XDG_CONFIG_HOME: cwd, XDG_DATA_HOME: cwd };
  const child = new Deno.Command(command, { args, cwd, env, stdout: "null", stderr: "piped" })
    .spawn();
  let hasEnded = false;
  const ended = child.output().then(({ stderr }) => {
    hasEnded = true;
    throw new Error(`${command} ended: ${new TextDecoder().decode(stderr)}`);
  });
  try {
    await Promise.race([within(untilItAnswers(proxy), { what: "proxy that answers" }), ended]);
    await use(proxy);
  } finally {
    if (!hasEnded) child.kill("SIGTERM");
    await ended.catch(() => {});
  }
}

async function untilItAnswers(proxy: Proxy): Promise<void> {
  for (;;) {
    try {
      await ask(proxy, { path: "/v1/healthz" });
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== "ECONNREFUSED") throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
