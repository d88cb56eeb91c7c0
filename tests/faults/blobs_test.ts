import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { blobAuth, hashOf } from "../http/blobs_support.ts";
import { makeAccount, registrationOf } from "../http/support.ts";
import { startKezChat } from "../support/server.ts";

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

Deno.test("a running server keeps large files through a restart, and serves parts of them", async () => {
  const account = makeAccount();
  await using server = await startKezChat();
  const register = await fetch(`${server.url}/v1/register`, {
    method: "POST",
    body: JSON.stringify(
      registrationOf(account, {
        handle: "alice",
        server: server.server,
        createdAtMs: Date.now(),
      }),
    ),
  });
  assert.equal(register.status, 201, await register.text());
  const { body, sha256 } = largeBody(30);
  const nowMs = Date.now();
  const answer = await fetch(`${server.url}/upload`, {
    method: "PUT",
    headers: {
      Authorization: blobAuth(account, { verb: "upload", sha256, server: server.server, nowMs }),
    },
    body,
  });
  const { size, url } = await answer.json();
  assert.equal(answer.status, 201);
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
