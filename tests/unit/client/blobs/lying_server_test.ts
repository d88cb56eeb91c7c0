import assert from "node:assert/strict";
import { fetchBlob } from "../../../../client/blobs/fetch_blob.ts";
import { tells } from "../session/support.ts";

const MAX_BYTES = 5_000;
const signal = new AbortController().signal;

/** A server that answers every request so. */
function startServer(answer: (request: Request) => Response) {
  const server = Deno.serve({ port: 0, onListen: () => {} }, answer);
  return {
    url: `http://localhost:${server.addr.port}/x`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

const get = (url: string, rules: { silenceMs?: number; maxBytes?: number } = {}) =>
  fetchBlob(url, { fetch, homeServer: "localhost", maxBytes: MAX_BYTES, signal, ...rules });

/** A body that never ends; gives up once nobody reads it. */
function endless(
  chunk: Uint8Array<ArrayBuffer>,
  everyMs = 0,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let timer: ReturnType<typeof setTimeout>;
  return new ReadableStream({
    pull: (controller) =>
      new Promise<void>((resolve) => {
        timer = setTimeout(() => {
          controller.enqueue(chunk);
          resolve();
        }, everyMs);
      }),
    cancel: () => clearTimeout(timer),
  });
}

Deno.test("a body without an end is given up at its bound", async () => {
  await using server = startServer(() => new Response(endless(new Uint8Array(1_000))));
  await assert.rejects(get(server.url), tells("file_damaged"));
});

Deno.test("a few bytes that unfold to many are given up at the same bound", async () => {
  const zeros = new Blob([new Uint8Array(20_000_000)]).stream();
  const packed = new Uint8Array(
    await new Response(zeros.pipeThrough(new CompressionStream("gzip"))).arrayBuffer(),
  );
  assert.ok(packed.length < 50_000);
  await using server = startServer(() =>
    new Response(packed, { headers: { "Content-Encoding": "gzip" } })
  );
  await assert.rejects(get(server.url), tells("file_damaged"));
});

Deno.test("a redirect is not followed, wherever it leads", async () => {
  let visits = 0;
  await using other = startServer(() => {
    visits++;
    return new Response("here");
  });
  for (const status of [301, 302, 303, 307, 308]) {
    await using server = startServer(() => Response.redirect(other.url, status));
    await assert.rejects(get(server.url), tells("no_network"));
  }
  assert.equal(visits, 0);
});

Deno.test("a server that trickles is given up, though it is never silent", async () => {
  await using server = startServer(() => new Response(endless(Uint8Array.of(1), 5)));
  await assert.rejects(get(server.url, { silenceMs: 60, maxBytes: 100 }), tells("no_network"));
});

Deno.test("a body that ends before its length is said to be the network's", async () => {
  const listener = Deno.listen({ port: 0 });
  const cutting = (async () => {
    using connection = await listener.accept();
    await connection.read(new Uint8Array(4_096));
    await connection.write(
      new TextEncoder().encode("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"),
    );
  })();
  await assert.rejects(get(`http://localhost:${listener.addr.port}/x`), tells("no_network"));
  await cutting;
  listener.close();
});

Deno.test("what type a server claims changes nothing", async () => {
  await using server = startServer(() =>
    new Response("<script>", { headers: { "Content-Type": "text/html; charset=utf-16" } })
  );
  assert.deepEqual(await get(server.url), new TextEncoder().encode("<script>"));
});
