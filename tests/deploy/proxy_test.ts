import assert from "node:assert/strict";
import { once } from "node:events";
import { join } from "node:path";
import { WebSocket } from "ws";
import { ROOT } from "../../scripts/build_client.ts";
import { runToEnd } from "../../scripts/subprocess.ts";
import { temporaryFolder } from "../support/command.ts";
import { hasProgram } from "../support/find_program.ts";
import { ask, type Proxy, routeTo, withProgram } from "../support/proxy.ts";
import { freePort } from "../../scripts/free_port.ts";
import { startKezChat } from "../support/server.ts";
import { within } from "../support/within.ts";

/** What both proxies have to do. */
async function assertLeads(proxy: Proxy): Promise<void> {
  const health = await ask(proxy, { path: "/v1/healthz" });
  assert.equal(JSON.parse(health.text).status, "ok");
  const page = await ask(proxy, { path: "/" });
  assert.match(page.text, /^<!doctype html>/);
  assert.equal(page.transport, "max-age=31536000");
  const inside = "internal/nats/auth";
  for (const path of ["/", "//", "/./", "/x/../"].map((start) => start + inside)) {
    await assertNobodyIsThere(proxy, path);
  }
  for (const path of ["/%69nternal/nats/auth", "/x/%2e%2e/internal/nats/auth"]) {
    await assertNobodyIsThere(proxy, path);
  }
  for (const path of ["/internal\\nats/auth", "/x\\..\\internal/nats/auth"]) {
    await assertNobodyIsThere(proxy, path);
  }
  const socket = new WebSocket(`${proxy.origin.replace("http", "ws")}/relay`, { ca: proxy.ca });
  const [greeting] = await within(once(socket, "message"), { what: "greeting of the relay" });
  assert.match(String(greeting), /^\["AUTH",/);
  socket.close();
  await once(socket, "close");
}

/** The server would answer that NATS is not set up, or that a secret is wrong. */
async function assertNobodyIsThere(proxy: Proxy, path: string): Promise<void> {
  const { status, text } = await ask(proxy, { method: "POST", path, body: new Uint8Array(1) });
  assert.ok([400, 404, 405, 308, 301].includes(status), `${path}: ${status}`);
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
      const port = freePort();
      const route = (await routeTo(server, name))
        // No name, and so no certificate; the rest is as it is.
        .replace(site, `http://localhost:${port} {`);
      const file = join(folder.path, "Caddyfile");
      // Of the settings for all sites there can be one block, and only at the top.
      const isWhole = /^\{$/m.test(route);
      await Deno.writeTextFile(file, isWhole ? route : `{\n\tadmin off\n}\n${route}`);
      const proxy = { origin: `http://localhost:${port}` };
      const args = ["run", "--config", file, "--adapter", "caddyfile"];
      await withProgram("caddy", { args, cwd: folder.path, proxy }, assertLeads);
    },
  });
}

Deno.test({
  name: "beside the proxy's container there is nobody who may change its routes",
  ignore: !hasProgram("caddy"),
  async fn() {
    const { success, output } = await runToEnd("caddy", {
      args: ["adapt", "--config", "deploy/container/Caddyfile", "--adapter", "caddyfile"],
      cwd: ROOT,
      env: { KEZ_CHAT_SERVER: "chat.example.org" },
    });
    assert.ok(success, output);
    assert.match(output, /"admin":\{"disabled":true\}/);
  },
});

Deno.test("docs/operations.md shows the route of the file", async () => {
  const [document, route] = await Promise.all(
    ["docs/operations.md", "deploy/proxy/Caddyfile"]
      .map((path) => Deno.readTextFile(join(ROOT, path))),
  );
  assert.ok(document!.includes(`\n${route!.slice(route!.indexOf("chat.example.org"))}`));
});

Deno.test({
  name:
    "nginx leads to the app and the relay, takes large files, and shows others nothing of this machine's",
  ignore: !hasProgram("nginx") || !hasProgram("openssl"),
  async fn() {
    await using folder = await temporaryFolder();
    await using server = await startKezChat();
    const [port, plainPort] = [freePort(), freePort()];
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
