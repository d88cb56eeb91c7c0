import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { blobAuth, hashOf } from "../http/blobs_support.ts";
import { type Account, authorization, makeAccount, registrationOf } from "../http/support.ts";
import { type KezChat, startKezChat } from "../support/server.ts";
import { within } from "../support/within.ts";

const MEBIBYTE = 2 ** 20;

/** A stream of so many MiB, and its hash. */
function largeBody(count: number): { body: ReadableStream<Uint8Array>; sha256: string } {
  const chunk = (index: number) => new Uint8Array(MEBIBYTE).fill(index);
  const hash = createHash("sha256");
  for (let index = 0; index < count; index++) hash.update(chunk(index));
  let next = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (next === count) controller.close();
      else controller.enqueue(chunk(next++));
    },
  });
  return { body, sha256: hash.digest("hex") };
}

async function register(server: KezChat, account: Account): Promise<void> {
  const wish = { handle: "alice", server: server.server, createdAtMs: Date.now() };
  const answer = await fetch(`${server.url}/v1/register`, {
    method: "POST",
    body: JSON.stringify(registrationOf(account, wish)),
  });
  assert.equal(answer.status, 201, await answer.text());
}

/** Begins an upload that is allowed for a hash. */
function put(
  server: KezChat,
  account: Account,
  { sha256, ...init }: { sha256: string; body: ReadableStream; signal?: AbortSignal },
): Promise<Response> {
  const wish = { verb: "upload", sha256, server: server.server, nowMs: Date.now() } as const;
  const headers = { Authorization: blobAuth(account, wish) };
  return fetch(`${server.url}/upload`, { method: "PUT", headers, ...init });
}

/** Uploads so many MiB, and gives what the server says of them. */
async function upload(
  server: KezChat,
  account: Account,
  mebibytes: number,
): Promise<{ url: string; sha256: string; size: number }> {
  const { body, sha256 } = largeBody(mebibytes);
  const answer = await put(server, account, { body, sha256 });
  const text = await answer.text();
  assert.equal(answer.status, 201, text);
  const descriptor = JSON.parse(text);
  assert.equal(descriptor.sha256, sha256);
  return descriptor;
}

/** Sends a MiB and stops in the middle of an upload; ends when the server is writing it. */
async function stallUpload(server: KezChat, account: Account): Promise<AsyncDisposable> {
  const sender = new AbortController();
  const answer = put(server, account, {
    sha256: "ab".repeat(32),
    body: new ReadableStream({
      start: (controller) => controller.enqueue(new Uint8Array(MEBIBYTE)),
    }),
    signal: sender.signal,
  }).then(() => assert.fail("An upload that is not whole was answered."), () => undefined);
  await untilFiles(server, (sizes) => sizes.some((size) => size > 0));
  return {
    async [Symbol.asyncDispose]() {
      sender.abort();
      await answer;
    },
  };
}

/** The same as browsers do it, who say beforehand how much is to come: here the socket is cut. */
async function stallSocket(server: KezChat, account: Account): Promise<AsyncDisposable> {
  const wish = { verb: "upload", sha256: "ab".repeat(32), server: server.server } as const;
  const authorization = blobAuth(account, { ...wish, nowMs: Date.now() });
  const { hostname, port } = new URL(server.url);
  const socket = await Deno.connect({ hostname, port: Number(port) });
  const head = [
    "PUT /upload HTTP/1.1",
    `Host: ${server.server}`,
    `Authorization: ${authorization}`,
    `Content-Length: ${25 * MEBIBYTE}`,
  ];
  const writer = socket.writable.getWriter();
  await writer.write(new TextEncoder().encode(`${head.join("\r\n")}\r\n\r\n`));
  await writer.write(new Uint8Array(MEBIBYTE));
  await untilFiles(server, (sizes) => sizes.some((size) => size > 0));
  return {
    [Symbol.asyncDispose]() {
      socket.close();
      return Promise.resolve();
    },
  };
}

/** Waits until the sizes of all that lies in the folder of blobs are as said. */
async function untilFiles(
  { dataDir }: KezChat,
  isSo: (sizes: number[]) => boolean,
): Promise<void> {
  await untilSo(async () => isSo(await sizesIn(`${dataDir}/blobs`)));
}

async function untilSo(isSo: () => Promise<boolean>): Promise<void> {
  let isOver = false;
  const look = async () => {
    while (!isOver && !await isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  await within(look(), { what: "change among the blobs" }).finally(() => isOver = true);
}

async function listBlobs(server: KezChat, account: Account): Promise<unknown> {
  const wish = { verb: "list", server: server.server, nowMs: Date.now() } as const;
  const answer = await fetch(`${server.url}/list/${account.nostr}`, {
    headers: { Authorization: blobAuth(account, wish) },
  });
  return await answer.json();
}

/** The blobs that the server's process has open. */
async function blobsHeldOpen({ pid, dataDir }: KezChat): Promise<string[]> {
  const paths = await Array.fromAsync(
    Deno.readDir(`/proc/${pid}/fd`),
    ({ name }) => Deno.readLink(`/proc/${pid}/fd/${name}`).catch(() => ""),
  );
  return paths.filter((path) => path.startsWith(`${dataDir}/blobs/`));
}

/** Of all files below a folder; 0 for one that goes meanwhile. */
async function sizesIn(folder: string): Promise<number[]> {
  const sizes: number[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) sizes.push(...await sizesIn(path));
    else sizes.push(await Deno.stat(path).then(({ size }) => size, () => 0));
  }
  return sizes;
}

Deno.test("an upload that breaks off with its sender, or with the server, leaves nothing behind", async () => {
  const account = makeAccount();
  await using server = await startKezChat();
  await register(server, account);
  for (const stall of [stallUpload, stallSocket]) {
    {
      await using _upload = await stall(server, account);
    }
    await untilFiles(server, ({ length }) => length === 0);
    assert.deepEqual(await listBlobs(server, account), []);
  }
  await using _upload = await stallUpload(server, account);
  await server.kill("SIGKILL");
  assert.equal((await sizesIn(`${server.dataDir}/blobs`)).length, 1);
  await server.restart();
  await untilFiles(server, ({ length }) => length === 0);
  assert.deepEqual(await listBlobs(server, account), []);
});

Deno.test("readers that go away in the middle let the file go", async () => {
  const account = makeAccount();
  await using server = await startKezChat();
  await register(server, account);
  const { url } = await upload(server, account, 30);
  for (const range of ["bytes=0-", "bytes=1048576-", "bytes=0-31457278"]) {
    const reader = (await fetch(url, { headers: { Range: range } })).body!.getReader();
    await reader.read();
    assert.ok((await blobsHeldOpen(server)).length > 0, range);
    await reader.cancel();
    await untilSo(async () => (await blobsHeldOpen(server)).length === 0);
  }
});

Deno.test("whoever deletes their account takes their files along", async () => {
  const account = makeAccount();
  await using server = await startKezChat();
  await register(server, account);
  const { url } = await upload(server, account, 1);
  const path = "/v1/u/alice";
  const call = { server: server.server, nowMs: Date.now(), method: "DELETE", path };
  const gone = await fetch(`${server.url}${path}`, {
    method: "DELETE",
    headers: { Authorization: authorization(account, call) },
  });
  assert.equal(gone.status, 204, await gone.text());
  await untilFiles(server, ({ length }) => length === 0);
  const served = await fetch(url);
  assert.equal(served.status, 404);
  await served.body?.cancel();
});

Deno.test("whoever takes another key leaves the files of the one before, and one that is on its way", async () => {
  const account = makeAccount();
  await using server = await startKezChat();
  await register(server, account);
  await upload(server, account, 1);

  const sent = new Uint8Array(MEBIBYTE).fill(7);
  const rest = Promise.withResolvers<void>();
  const uploading = put(server, account, {
    sha256: hashOf(sent),
    body: new ReadableStream({
      async start(controller) {
        controller.enqueue(sent.subarray(1));
        await rest.promise;
        controller.enqueue(sent.subarray(0, 1));
        controller.close();
      },
    }),
  });
  await untilFiles(server, (sizes) => sizes.length === 2);

  const { nostrSecret, nostr } = makeAccount();
  const next = { handle: "alice", server: server.server, createdAtMs: Date.now() };
  const changed = await fetch(`${server.url}/v1/u/alice`, {
    method: "PUT",
    body: JSON.stringify(registrationOf({ ...account, nostrSecret, nostr }, next)),
  });
  assert.equal(changed.status, 200, await changed.text());
  rest.resolve();
  const refused = await uploading;
  assert.equal(refused.status, 403, await refused.text());
  await untilFiles(server, ({ length }) => length === 0);
});

Deno.test("a running server keeps large files through a restart, and serves parts of them", async () => {
  const account = makeAccount();
  await using server = await startKezChat();
  await register(server, account);
  const { size, url, sha256 } = await upload(server, account, 30);
  assert.equal(size, 30 * MEBIBYTE);
  await server.restart();
  const served = await fetch(url);
  assert.equal(hashOf(new Uint8Array(await served.arrayBuffer())), sha256);
  const head = await fetch(url, { method: "HEAD" });
  assert.equal(head.headers.get("Content-Length"), String(size));
  const part = await fetch(url, {
    headers: { Range: `bytes=${5 * MEBIBYTE - 1}-${5 * MEBIBYTE}` },
  });
  assert.equal(part.status, 206);
  assert.deepEqual(new Uint8Array(await part.arrayBuffer()), Uint8Array.of(4, 5));
});
