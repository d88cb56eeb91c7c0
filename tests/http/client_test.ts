import assert from "node:assert/strict";
import { brotliDecompressSync, gunzipSync, gzipSync } from "node:zlib";
import { brotliCompressSync } from "node:zlib";
import { join } from "node:path";
import { contentSecurityPolicy } from "../../server/security_headers.ts";
import { loadStaticAssets } from "../../server/static_assets.ts";
import { checkCase, type HttpCase, testCases } from "./cases.ts";
import { openTestHttp, RELAY_URL, SERVER } from "./support.ts";

const INDEX = '<!DOCTYPE html><title>kez-chat</title><script src="/assets/boot-A.js"></script>';
const SCRIPT = "console.log('kez-chat');".repeat(20);
const FILES: Record<string, string> = {
  "index.html": INDEX,
  "assets/boot-A.js": SCRIPT,
  "assets/boot-A.css": "body { color: red }",
  "assets/argon2.wasm": "\0asm",
  "manifest.webmanifest": "{}",
  "service_worker.js": "self.skipWaiting();",
  "icons/icon-192.png": "png",
  ".secret": "secret",
};
const dir = await Deno.makeTempDir();
for (const [path, text] of Object.entries(FILES)) {
  const file = join(dir, path);
  await Deno.mkdir(join(file, ".."), { recursive: true });
  await Deno.writeTextFile(file, text);
  if (path === "index.html" || path === "assets/boot-A.js") {
    await Deno.writeFile(`${file}.br`, brotliCompressSync(text));
    await Deno.writeFile(`${file}.gz`, gzipSync(text));
  }
}
await Deno.writeTextFile(join(dir, "../kez-chat-outside.txt"), "outside");
await Deno.symlink("/etc/passwd", join(dir, "link.txt"));
const assets = await loadStaticAssets(dir, { server: SERVER, relayUrl: RELAY_URL });
const loopbackAssets = await loadStaticAssets(dir, {
  server: "localhost:6969",
  relayUrl: "ws://localhost:6970/",
});
await Deno.remove(join(dir, "../kez-chat-outside.txt"));
await Deno.remove(dir, { recursive: true });

const open = () => openTestHttp({ deps: { assets } });
const html = { Accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
const page = {
  headers: html,
  status: 200,
  answerHeaders: {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-cache",
    "ETag": /^"/,
    "Vary": "Accept-Encoding",
    "Access-Control-Allow-Origin": null,
  },
  answer: INDEX,
} as const;
const notFound = { status: 404, problem: "not_found" } as const;
const immutable = "public, max-age=31536000, immutable";

testCases("the client", {
  open,
  cases: [
    { name: "is at /", path: "/", ...page },
    { name: "is at / for whoever asks", path: "/", ...page, headers: {} },
    ...["/chats", "/chats/alice@kez.lat", "/u/alice", "/listing", "/v1x", "/index.html", "/a.b"]
      .map((path) => ({ name: `is at ${path} for a browser`, path, ...page })),
    { name: "answers HEAD", method: "HEAD", path: "/", ...page, answer: "" },
    { name: "is not at a path that a script fetches", path: "/chats", ...notFound },
    {
      name: "is not where HTML is refused",
      path: "/chats",
      headers: { Accept: "text/html;q=0, */*" },
      ...notFound,
    },
    ...["/v1", "/v1/x", "/.well-known/x", "/internal/x", "/assets/x.js", "/list/x", "/upload/x"]
      .map((path) => ({ name: `is not at ${path}`, path, headers: html, ...notFound })),
    { name: "is not at a blob", path: `/${"ab".repeat(32)}`, headers: html, ...notFound },
    {
      name: "hands out scripts for ever",
      path: "/assets/boot-A.js",
      status: 200,
      answerHeaders: {
        "Content-Type": "text/javascript; charset=utf-8",
        "Cache-Control": immutable,
        "Content-Encoding": null,
        "Content-Length": String(SCRIPT.length),
      },
      answer: SCRIPT,
    },
    {
      name: "hands out styles",
      path: "/assets/boot-A.css",
      status: 200,
      answerHeaders: { "Content-Type": "text/css; charset=utf-8", "Cache-Control": immutable },
    },
    {
      name: "hands out WebAssembly",
      path: "/assets/argon2.wasm",
      status: 200,
      answerHeaders: { "Content-Type": "application/wasm" },
    },
    {
      name: "hands out its manifest for a while",
      path: "/manifest.webmanifest",
      headers: html,
      status: 200,
      answerHeaders: {
        "Content-Type": "application/manifest+json; charset=utf-8",
        "Cache-Control": "public, max-age=300",
      },
    },
    {
      name: "hands out its service worker without keeping it",
      path: "/service_worker.js",
      status: 200,
      answerHeaders: { "Cache-Control": "no-cache", "Content-Security-Policy": /script-src/ },
    },
    {
      name: "hands out icons",
      path: "/icons/icon-192.png",
      status: 200,
      answerHeaders: { "Content-Type": "image/png" },
    },
    { name: "misses an asset", path: "/assets/boot-B.js", headers: html, ...notFound },
    {
      name: "has no file of a compressed name",
      path: "/assets/boot-A.js.br",
      headers: html,
      ...notFound,
    },
    {
      name: "takes no POST",
      method: "POST",
      path: "/assets/boot-A.js",
      status: 405,
      problem: "method_not_allowed",
      answerHeaders: { Allow: "GET, HEAD" },
    },
    ...[
      "/.secret",
      "/link.txt",
      "/assets/../../kez-chat-outside.txt",
      "/assets/..%2f..%2fkez-chat-outside.txt",
      "/%2e%2e/kez-chat-outside.txt",
      "/..%5ckez-chat-outside.txt",
      "//etc/passwd",
      "/assets",
      "/assets/",
      "/icons/",
      "/manifest.webmanifest%00.js",
    ].map((path): HttpCase => ({ name: `hands nothing else out: ${path}`, path, ...notFound })),
    ...["/relay", "/relay/"].map((path): HttpCase => ({
      name: `says what is missing at ${path}`,
      path,
      headers: { Upgrade: "websocket", Connection: "Upgrade" },
      status: 502,
      problem: "wrong_route",
    })),
  ],
});

testCases("the client's page without a client", {
  cases: ["/", "/chats"].map((path) => ({
    name: path,
    path,
    headers: html,
    status: 503,
    problem: "no_client",
  })),
});

for (
  const [accepted, encoding] of [
    ["gzip, deflate, br, zstd", "br"],
    ["gzip", "gzip"],
    ["br;q=0.5, gzip;q=0.9", "gzip"],
    ["br;q=0, *", "gzip"],
    ["*", "br"],
    ["identity", null],
    ["br;q=0", null],
    ["zstd", null],
    ["identity;q=1, br;q=0.5", null],
    ["BR", "br"],
  ] as const
) {
  Deno.test(`the client is sent as ${encoding ?? "it is"} for "${accepted}"`, async () => {
    await using http = await open();
    const headers = { "Accept-Encoding": accepted };
    const response = await http.fetch("/assets/boot-A.js", { headers });
    assert.equal(response.headers.get("Content-Encoding"), encoding);
    assert.equal(response.headers.get("Vary"), "Accept-Encoding");
    const bytes = new Uint8Array(await response.arrayBuffer());
    assert.equal(response.headers.get("Content-Length"), String(bytes.length));
    const decode = { br: brotliDecompressSync, gzip: gunzipSync };
    const plain = encoding === null ? bytes : decode[encoding](bytes);
    assert.equal(new TextDecoder().decode(plain), SCRIPT);
  });
}

Deno.test("each encoding has an ETag of its own, and a known one is 304", async () => {
  await using http = await open();
  const etags = new Set<string>();
  for (const accepted of ["identity", "gzip", "br"]) {
    const headers = { "Accept-Encoding": accepted };
    const response = await http.fetch("/", { headers });
    await response.body?.cancel();
    const etag = response.headers.get("ETag")!;
    etags.add(etag);
    await checkCase(http, {
      name: accepted,
      path: "/",
      headers: { ...headers, "If-None-Match": etag },
      status: 304,
      answerHeaders: { "ETag": etag, "Cache-Control": "no-cache" },
      answer: "",
    });
  }
  assert.equal(etags.size, 3);
});

async function policyOf(http: { fetch(path: string): Promise<Response> }) {
  const response = await http.fetch("/");
  await response.body?.cancel();
  const directives = response.headers.get("Content-Security-Policy")!.split("; ")
    .map((directive): [string, string] => {
      const [name = "", ...sources] = directive.split(" ");
      return [name, sources.join(" ")];
    });
  return { response, policy: new Map(directives) };
}

Deno.test("the page comes with a policy that lets no foreign script run", async () => {
  await using http = await open();
  const { response, policy } = await policyOf(http);
  assert.deepEqual(Object.fromEntries(policy), {
    "default-src": "'none'",
    "script-src": "'self' 'wasm-unsafe-eval'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "media-src": "blob:",
    "font-src": "'self'",
    "manifest-src": "'self'",
    "worker-src": "'self'",
    "connect-src": "'self' https: wss:",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "object-src": "'none'",
  });
  assert.equal(response.headers.get("Referrer-Policy"), "no-referrer");
  assert.match(response.headers.get("Permissions-Policy")!, /camera=\(self\), microphone=\(self\)/);
  assert.equal(response.headers.get("Cross-Origin-Opener-Policy"), "same-origin");
});

Deno.test("a server on loopback lets its page reach others on loopback", async () => {
  await using http = await openTestHttp({ deps: { assets: loopbackAssets } });
  const { policy } = await policyOf(http);
  assert.equal(
    policy.get("connect-src"),
    "'self' https: wss: http://localhost:* ws://localhost:* http://127.0.0.1:* ws://127.0.0.1:* " +
      "ws://localhost:6970",
  );
});

Deno.test("a folder that is not there is told", async () => {
  await assert.rejects(
    loadStaticAssets(join(dir, "gone"), { server: SERVER, relayUrl: RELAY_URL }),
    Deno.errors.NotFound,
  );
});

const LOOPBACK = "http://localhost:* ws://localhost:* http://127.0.0.1:* ws://127.0.0.1:*";
for (
  const [server, relayUrl, sources] of [
    ["kez.lat", "wss://kez.lat/relay", ""],
    ["kez.lat", "wss://relay.kez.lat:6970/", ""],
    ["foo.localhost:6969", "ws://foo.localhost:6970/", ` ${LOOPBACK} ws://foo.localhost:6970`],
    ["127.0.0.2", "ws://127.0.0.2:6970/x?y", ` ${LOOPBACK} ws://127.0.0.2:6970`],
    ["[::1]:6969", "ws://[::1]:6970/", ` ${LOOPBACK} ws:`],
    ["localhost", "wss://kez.lat/relay", ` ${LOOPBACK} wss://kez.lat`],
  ] as const
) {
  Deno.test(`the page of ${server} may connect to its relay ${relayUrl}`, () => {
    const policy = contentSecurityPolicy({ server, relayUrl });
    assert.ok(policy.includes(`; connect-src 'self' https: wss:${sources}; `), policy);
  });
}

Deno.test("files are handed out in parts of what is in memory, without a copy for each request", async () => {
  const folder = await Deno.makeTempDir();
  const text = "//".padEnd(100_000, "0123456789");
  await Deno.writeTextFile(join(folder, "large.js"), text);
  await Deno.writeTextFile(join(folder, "empty.txt"), "");
  const large = await loadStaticAssets(folder, { server: SERVER, relayUrl: RELAY_URL });
  await Deno.remove(folder, { recursive: true });
  await using http = await openTestHttp({ deps: { assets: large } });
  const memory = new Set<ArrayBufferLike>();
  for (let i = 0; i < 2; i++) {
    const response = await http.fetch("/large.js");
    const parts = await Array.fromAsync(response.body!);
    assert.ok(parts.length > 1 && parts.every((part) => part.length <= 16_384));
    assert.equal(await new Blob(parts).text(), text);
    for (const part of parts) memory.add(part.buffer);
  }
  assert.equal(memory.size, 1);
  assert.equal(await (await http.fetch("/empty.txt")).text(), "");
  const head = await http.fetch("/large.js", { method: "HEAD" });
  assert.deepEqual([head.body, head.headers.get("Content-Length")], [null, "100000"]);
  const headers = { "If-None-Match": head.headers.get("ETag")! };
  const known = await http.fetch("/large.js", { headers });
  assert.deepEqual([known.status, known.body], [304, null]);
});
