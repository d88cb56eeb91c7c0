import assert from "node:assert/strict";
import { once } from "node:events";
import { request as requestPlainly } from "node:http";
import { request as requestOverTls } from "node:https";
import { createServer } from "node:net";
import { join } from "node:path";
import { WebSocket } from "ws";
import { ROOT } from "../../scripts/build_client.ts";
import { runToEnd } from "../../scripts/subprocess.ts";
import { temporaryFolder } from "../support/command.ts";
import { hasProgram } from "../support/has_program.ts";
import { type KezChat, startKezChat } from "../support/server.ts";
import { within } from "../support/within.ts";

/** Where a proxy is, and whose certificates it may show. */
interface Proxy {
  origin: string;
  ca?: string;
}

interface Answer {
  status: number;
  location: string | undefined;
  text: string;
}

/** Asks for a path as it is written, without making it a tidy one. */
function ask(
  { origin, ca }: Proxy,
  { method = "GET", path, body }: { method?: string; path: string; body?: Uint8Array },
): Promise<Answer> {
  const { hostname, port } = new URL(origin);
  const send = origin.startsWith("https:") ? requestOverTls : requestPlainly;
  return new Promise((resolve, reject) => {
    const request = send({ hostname, port, path, method, ca, agent: false }, async (response) => {
      let text = "";
      for await (const chunk of response) text += chunk;
      resolve({ status: response.statusCode!, location: response.headers.location, text });
    });
    request.on("error", reject);
    request.end(body);
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A route of `deploy/proxy`, leading to a server of the test. */
async function routeTo(server: KezChat, file: string): Promise<string> {
  const text = await Deno.readTextFile(join(ROOT, "deploy", file));
  return text.replaceAll(
    "127.0.0.1:6969",
    new URL(server.url).host.replace("localhost", "127.0.0.1"),
  )
    .replaceAll("127.0.0.1:6970", new URL(server.relayUrl).host.replace("localhost", "127.0.0.1"));
}

/** Runs a proxy until the test is done with it. */
async function withProgram(
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

/** What both proxies have to do. */
async function assertLeads(proxy: Proxy): Promise<void> {
  const health = await ask(proxy, { path: "/v1/healthz" });
  assert.equal(JSON.parse(health.text).status, "ok");
  assert.match((await ask(proxy, { path: "/" })).text, /^<!doctype html>/);
  const inside = "internal/nats/auth";
  for (const path of ["/", "//", "/./", "/x/../"].map((start) => start + inside)) {
    await assertNobodyIsThere(proxy, path);
  }
  await assertNobodyIsThere(proxy, "/%69nternal/nats/auth");
  const socket = new WebSocket(`${proxy.origin.replace("http", "ws")}/relay`, { ca: proxy.ca });
  const [greeting] = await within(once(socket, "message"), { what: "greeting of the relay" });
  assert.match(String(greeting), /^\["AUTH",/);
  socket.close();
  await once(socket, "close");
}

/** The server would answer that NATS is not set up, or that a secret is wrong. */
async function assertNobodyIsThere(proxy: Proxy, path: string): Promise<void> {
  const { status, text } = await ask(proxy, { method: "POST", path, body: new Uint8Array(1) });
  assert.ok([404, 405, 308, 301].includes(status), `${path}: ${status}`);
  assert.doesNotMatch(text, /not_implemented|forbidden/, path);
}

/** The lines by which Caddy's files begin a site. */
const CADDY_FILES = {
  "proxy/Caddyfile": "chat.example.org {",
  "container/Caddyfile": "{$KEZ_CHAT_SERVER} {",
};

for (const [name, site] of Object.entries(CADDY_FILES)) {
  Deno.test({
    name:
      `Caddy leads to the app and the relay, and not to what is for this machine alone: ${name}`,
    ignore: !hasProgram("caddy"),
    async fn() {
      await using folder = await temporaryFolder();
      await using server = await startKezChat();
      const port = await freePort();
      const route = (await routeTo(server, name))
        // No name, and so no certificate; the rest is as it is.
        .replace(site, `http://localhost:${port} {`);
      const file = join(folder.path, "Caddyfile");
      await Deno.writeTextFile(file, `{\n\tadmin off\n}\n${route}`);
      const proxy = { origin: `http://localhost:${port}` };
      const args = ["run", "--config", file, "--adapter", "caddyfile"];
      await withProgram("caddy", { args, cwd: folder.path, proxy }, assertLeads);
    },
  });
}

Deno.test({
  name:
    "nginx leads to the app and the relay, takes large files, and shows others nothing of this machine's",
  ignore: !hasProgram("nginx") || !hasProgram("openssl"),
  async fn() {
    await using folder = await temporaryFolder();
    await using server = await startKezChat();
    const [port, plainPort] = [await freePort(), await freePort()];
    const made = await runToEnd("openssl", {
      args: [
        ..."req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost".split(" "),
        ..."-addext subjectAltName=DNS:localhost -keyout key.pem -out cert.pem".split(" "),
      ],
      cwd: folder.path,
    });
    assert.ok(made.success, made.output);
    const route = (await routeTo(server, "proxy/nginx.conf"))
      .replaceAll("chat.example.org", "localhost")
      .replace(/\/etc\/letsencrypt\S*fullchain.pem/, join(folder.path, "cert.pem"))
      .replace(/\/etc\/letsencrypt\S*privkey.pem/, join(folder.path, "key.pem"))
      .replace(/listen \[::\].*\n/g, "")
      .replace("listen 80;", `listen 127.0.0.1:${plainPort};`)
      .replace("listen 443 ", `listen 127.0.0.1:${port} `);
    const file = join(folder.path, "nginx.conf");
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
      .map((name) => `${name}_temp_path ${folder.path}/${name};`).join("\n");
    await Deno.writeTextFile(
      file,
      `daemon off; pid ${folder.path}/pid; error_log ${folder.path}/error.log;\nevents {}\n` +
        `http {\naccess_log off;\n${temporary}\n${route}\n}\n`,
    );
    const ca = await Deno.readTextFile(join(folder.path, "cert.pem"));
    const proxy = { origin: `https://localhost:${port}`, ca };
    const args = ["-c", file, "-p", folder.path];
    await withProgram("nginx", { args, cwd: folder.path, proxy }, async (proxy) => {
      await assertLeads(proxy);
      // Refused by the server, for want of a signature; a proxy that is too strict says 413.
      const body = new Uint8Array(32 * 2 ** 20);
      const { status } = await ask(proxy, { method: "PUT", path: "/upload", body });
      assert.notEqual(status, 413);
      const plain = await ask({ origin: `http://localhost:${plainPort}` }, { path: "/u/a" });
      assert.deepEqual([plain.status, plain.location], [301, "https://localhost/u/a"]);
    });
  },
});
