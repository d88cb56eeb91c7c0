import assert from "node:assert/strict";
import { readChunks } from "../../../../server/blobs/blob_body.ts";
import { byteStreamOf } from "../../../support/byte_stream.ts";

function requestOf(body: ReadableStream<Uint8Array> | null): Request {
  return new Request("https://kez.lat/upload", { method: "PUT", body });
}

Deno.test("chunks come as they are sent", async () => {
  const body = byteStreamOf(Uint8Array.of(1, 2), Uint8Array.of(3));
  const copy = (chunk: Uint8Array) => chunk.slice();
  const chunks = await Array.fromAsync(readChunks(requestOf(body)), copy);
  assert.deepEqual(chunks, [Uint8Array.of(1, 2), Uint8Array.of(3)]);
  assert.deepEqual(await Array.fromAsync(readChunks(requestOf(null))), []);
});

Deno.test("a sender that falls silent is given up, and its stream is let go", async () => {
  const cancelled = Promise.withResolvers<void>();
  const body = new ReadableStream({
    type: "bytes",
    start: (controller) => controller.enqueue(Uint8Array.of(1)),
    cancel: () => cancelled.resolve(),
  });
  const chunks = readChunks(requestOf(body), { silenceMs: 20 });
  assert.deepEqual((await chunks.next()).value, Uint8Array.of(1));
  await assert.rejects(chunks.next(), { code: "request_timeout" });
  await cancelled.promise;
});

Deno.test("an upload that trickles ends at its total time", async () => {
  const body = new ReadableStream({
    type: "bytes",
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      controller.enqueue(Uint8Array.of(1));
    },
  });
  const limits = { silenceMs: 1_000, totalMs: 60 };
  await assert.rejects(Array.fromAsync(readChunks(requestOf(body), limits)), {
    code: "request_timeout",
  });
});

Deno.test("a body that breaks off is the sender's fault", async () => {
  const body = new ReadableStream({
    type: "bytes",
    pull: (controller) => controller.error(new Error("reset")),
  });
  await assert.rejects(Array.fromAsync(readChunks(requestOf(body))), { code: "malformed" });
});

Deno.test("a body that is a stream of whole chunks is read too, of whatever sizes", async () => {
  const sizes = [1, 65_536, 3, 200_000];
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      for (const size of sizes) controller.enqueue(new Uint8Array(size).fill(size % 251));
      controller.close();
    },
  });
  const request = { body } as Request;
  const chunks = await Array.fromAsync(readChunks(request), (chunk) => chunk.slice());
  assert.deepEqual(chunks.map(({ length }) => length), sizes);
  assert.ok(chunks.every((chunk, i) => chunk.every((byte) => byte === sizes[i]! % 251)));
});
