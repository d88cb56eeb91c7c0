import assert from "node:assert/strict";
import { blobAuth, hashOf, PNG, upload } from "./blobs_support.ts";
import { makeAccount, openTestHttp, START_MS, type TestHttp } from "./support.ts";

const alice = makeAccount();
const bob = makeAccount();
const carol = makeAccount();
const stranger = makeAccount();

async function openWithPeople(): Promise<TestHttp> {
  const http = await openTestHttp();
  await http.register(alice, "alice");
  await http.register(bob, "bob");
  await http.register(carol, "carol");
  return http;
}

async function refused(response: Response, status: number, code: string): Promise<void> {
  const text = await response.text();
  assert.equal(response.status, status, text);
  assert.equal(JSON.parse(text).code, code);
  assert.ok(response.headers.get("X-Reason"));
  assert.equal(response.headers.get("Access-Control-Allow-Origin"), "*");
}

Deno.test("an upload is described, and served as it came to everybody", async () => {
  await using http = await openWithPeople();
  const answer = await upload(http, { account: alice, bytes: PNG });
  assert.equal(answer.status, 201);
  const sha256 = hashOf(PNG);
  assert.deepEqual(await answer.json(), {
    url: `https://kez.lat/${sha256}.png`,
    sha256,
    size: PNG.length,
    type: "image/png",
    uploaded: START_MS / 1000,
  });
  for (const path of [`/${sha256}`, `/${sha256}.png`, `/${sha256}.html`]) {
    const served = await http.fetch(path);
    assert.equal(served.status, 200);
    assert.deepEqual(new Uint8Array(await served.arrayBuffer()), PNG);
    const headers = Object.fromEntries(served.headers);
    assert.equal(headers["content-type"], "image/png", "the extension says nothing");
    assert.equal(headers["content-security-policy"], "default-src 'none'; sandbox");
    assert.equal(headers["cache-control"], "public, max-age=31536000, immutable");
    assert.equal(headers["access-control-allow-origin"], "*");
    assert.equal(headers["x-content-type-options"], "nosniff");
    assert.equal(headers["content-disposition"], undefined);
    assert.equal(headers["content-length"], String(PNG.length));
  }
  const again = await upload(http, { account: alice, bytes: PNG });
  assert.equal(again.status, 200, "the same again is nothing new");
  await again.body?.cancel();
});

const HOSTILE: [name: string, content: string, said: string][] = [
  ["a page", "<!doctype html><script>alert(1)</script>", "text/html"],
  ["a drawing with a script", "<svg onload='alert(1)'/>", "image/svg+xml"],
  ["a script", "alert(1)", "text/javascript"],
  ["a page that claims to be a picture", "GIF8<script>", "image/gif"],
];

for (const [name, content, said] of HOSTILE) {
  Deno.test(`${name} is served as a download of opaque bytes`, async () => {
    await using http = await openWithPeople();
    const bytes = new TextEncoder().encode(content);
    const answer = await upload(http, {
      account: alice,
      bytes,
      headers: { "Content-Type": said },
    });
    const { url, type } = await answer.json();
    assert.equal(type, "application/octet-stream");
    const served = await http.fetch(new URL(url).pathname);
    assert.equal(served.headers.get("Content-Type"), "application/octet-stream");
    assert.equal(served.headers.get("Content-Disposition"), "attachment");
    assert.equal(served.headers.get("Content-Security-Policy"), "default-src 'none'; sandbox");
    await served.body?.cancel();
  });
}

Deno.test("parts are served by range", async () => {
  await using http = await openWithPeople();
  const bytes = crypto.getRandomValues(new Uint8Array(60_000));
  await (await upload(http, { account: alice, bytes })).body?.cancel();
  const path = `/${hashOf(bytes)}`;
  const part = await http.fetch(path, { headers: { Range: "bytes=100-50099" } });
  assert.equal(part.status, 206);
  assert.equal(part.headers.get("Content-Range"), "bytes 100-50099/60000");
  assert.deepEqual(new Uint8Array(await part.arrayBuffer()), bytes.subarray(100, 50_100));
  const beyond = await http.fetch(path, { headers: { Range: "bytes=60000-" } });
  assert.equal(beyond.status, 416);
  assert.equal(beyond.headers.get("Content-Range"), "bytes */60000");
  const known = await http.fetch(path, { headers: { "If-None-Match": `"${hashOf(bytes)}"` } });
  assert.equal(known.status, 304);
  const head = await http.fetch(path, { method: "HEAD" });
  assert.equal(head.status, 200);
  assert.equal(await head.text(), "");
});

Deno.test("an upload without the right authorization leaves nothing behind", async () => {
  await using http = await openWithPeople();
  const sha256 = hashOf(PNG);
  const attempts: [string, number, string, string][] = [
    ["unsigned", 401, "unauthorized", "Nostr AAAA"],
    ["of another verb", 401, "unauthorized", blobAuth(alice, { verb: "delete", sha256 })],
    [
      "for another blob",
      401,
      "unauthorized",
      blobAuth(alice, { verb: "upload", sha256: "00".repeat(32) }),
    ],
    [
      "for another server",
      401,
      "unauthorized",
      blobAuth(alice, { verb: "upload", sha256, server: "other.example" }),
    ],
    [
      "past its time",
      401,
      "unauthorized",
      blobAuth(alice, { verb: "upload", sha256, expiresInS: 0 }),
    ],
    [
      "of the future",
      401,
      "unauthorized",
      blobAuth(alice, { verb: "upload", sha256, nowMs: START_MS + 120_000 }),
    ],
    ["of a stranger", 403, "forbidden", blobAuth(stranger, { verb: "upload", sha256 })],
  ];
  for (const [name, status, code, authorization] of attempts) {
    const response = await upload(http, { account: alice, bytes: PNG, authorization });
    await refused(response, status, code).catch((error) => {
      throw new Error(`an authorization ${name}`, { cause: error });
    });
    assert.equal((await http.fetch(`/${sha256}`)).status, 404);
  }
});

Deno.test("a forged signature is refused", async () => {
  await using http = await openWithPeople();
  const header = blobAuth(alice, { verb: "upload", sha256: hashOf(PNG) });
  const event = JSON.parse(atob(header.slice("Nostr ".length)));
  event.sig = event.sig.slice(0, 126) + (event.sig.endsWith("00") ? "01" : "00");
  const authorization = `Nostr ${btoa(JSON.stringify(event))}`;
  await refused(
    await upload(http, { account: alice, bytes: PNG, authorization }),
    401,
    "unauthorized",
  );
});

Deno.test("what is too large, more than the quota, or empty is refused", async () => {
  await using http = await openWithPeople();
  const { blobMaxBytes, quotaBytes } = http.deps.config;
  let last = 0;
  const bytes = (size: number) => new Uint8Array(size).fill(++last);
  await refused(
    await upload(http, { account: alice, bytes: bytes(blobMaxBytes + 1) }),
    413,
    "too_large",
  );
  await refused(await upload(http, { account: alice, bytes: bytes(0) }), 400, "malformed");
  for (let left = quotaBytes; left > 0; left -= blobMaxBytes) {
    const answer = await upload(http, { account: alice, bytes: bytes(blobMaxBytes) });
    assert.equal(answer.status, 201, await answer.text());
  }
  await refused(await upload(http, { account: alice, bytes: bytes(1) }), 413, "quota_exceeded");
  const others = await upload(http, { account: bob, bytes: bytes(1) });
  assert.equal(others.status, 201, await others.text());
});

Deno.test("uploads at the same time cannot pass the quota together", async () => {
  await using http = await openWithPeople();
  const { blobMaxBytes, quotaBytes } = http.deps.config;
  const uploads = Array.from({ length: 6 }, () => {
    const bytes = crypto.getRandomValues(new Uint8Array(blobMaxBytes));
    return upload(http, { account: alice, bytes });
  });
  const statuses = await Promise.all(uploads.map(async (one) => {
    const answer = await one;
    await answer.body?.cancel();
    return answer.status;
  }));
  assert.equal(statuses.filter((status) => status === 201).length, quotaBytes / blobMaxBytes);
  const { blobs } = http.deps;
  const listed = await blobs.list(alice.nostr);
  assert.equal(listed.reduce((sum, [, { size }]) => sum + size, 0), quotaBytes);
});

Deno.test("what an upload would be answered can be asked before", async () => {
  await using http = await openWithPeople();
  const sha256 = hashOf(PNG);
  const ask = (size: number, account = alice) =>
    http.fetch("/upload", {
      method: "HEAD",
      headers: {
        "Authorization": blobAuth(account, { verb: "upload", sha256 }),
        "X-SHA-256": sha256,
        "X-Content-Length": String(size),
      },
    });
  assert.equal((await ask(PNG.length)).status, 200);
  const large = await ask(10 ** 9);
  assert.equal(large.status, 413);
  assert.match(large.headers.get("X-Reason")!, /at most/);
  assert.equal((await ask(1, stranger)).status, 403);
  assert.equal((await http.fetch("/upload")).status, 405);
});

Deno.test("a blob of two owners goes when both have deleted it", async () => {
  await using http = await openWithPeople();
  const sha256 = hashOf(PNG);
  for (const account of [alice, bob]) {
    await (await upload(http, { account, bytes: PNG })).body?.cancel();
  }
  const remove = (account: typeof alice) =>
    http.fetch(`/${sha256}`, {
      method: "DELETE",
      headers: { Authorization: blobAuth(account, { verb: "delete", sha256 }) },
    });
  await refused(await remove(stranger), 403, "forbidden");
  await refused(await remove(carol), 404, "not_found");
  assert.equal((await remove(alice)).status, 204);
  const still = await http.fetch(`/${sha256}`);
  assert.equal(still.status, 200);
  await still.body?.cancel();
  await refused(await remove(alice), 404, "not_found");
  assert.equal((await remove(bob)).status, 204);
  await refused(await http.fetch(`/${sha256}`), 404, "not_found");
});

Deno.test("people see the list of their own blobs alone", async () => {
  await using http = await openWithPeople();
  await (await upload(http, { account: alice, bytes: PNG })).body?.cancel();
  const list = (by: typeof alice) =>
    http.fetch(`/list/${alice.nostr}`, {
      headers: { Authorization: blobAuth(by, { verb: "list" }) },
    });
  const [blob, ...others] = await (await list(alice)).json();
  assert.equal(others.length, 0);
  assert.equal(blob.sha256, hashOf(PNG));
  await refused(await list(bob), 403, "forbidden");
});

Deno.test("other servers' clients may upload and read: preflights say so", async () => {
  await using http = await openWithPeople();
  for (const path of ["/upload", `/${"ab".repeat(32)}`, `/list/${alice.nostr}`]) {
    const answer = await http.fetch(path, { method: "OPTIONS" });
    assert.equal(answer.status, 204);
    assert.equal(answer.headers.get("Access-Control-Allow-Origin"), "*");
    assert.match(answer.headers.get("Access-Control-Allow-Headers")!, /X-SHA-256/);
  }
});
