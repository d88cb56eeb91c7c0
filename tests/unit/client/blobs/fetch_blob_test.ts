import assert from "node:assert/strict";
import { fetchBlob } from "../../../../client/blobs/fetch_blob.ts";
import type { Fetch } from "../../../../client/fetch_json.ts";
import { tells } from "../session/support.ts";

const url = "https://kez.test/x";
const homeServer = "kez.lat";
const signal = new AbortController().signal;

Deno.test("a blob is asked for without saying who asks, and followed nowhere", async () => {
  let asked: RequestInit | undefined;
  const fetch: Fetch = (_, init) => {
    asked = init;
    return Promise.resolve(new Response(Uint8Array.of(1, 2, 3)));
  };
  assert.deepEqual(
    await fetchBlob(url, { fetch, homeServer, maxBytes: 3, signal }),
    Uint8Array.of(1, 2, 3),
  );
  assert.deepEqual(
    [asked?.credentials, asked?.referrerPolicy, asked?.redirect, asked?.headers],
    ["omit", "no-referrer", "error", undefined],
  );
});

Deno.test("what has arrived is told while it arrives", async () => {
  const chunks = new ReadableStream({
    start(controller) {
      for (const size of [3, 4]) controller.enqueue(new Uint8Array(size));
      controller.close();
    },
  });
  const fetch: Fetch = () => Promise.resolve(new Response(chunks));
  const told: number[] = [];
  await fetchBlob(url, {
    fetch,
    homeServer,
    maxBytes: 9,
    signal,
    onProgress: (bytes) => told.push(bytes),
  });
  assert.deepEqual(told, [3, 7]);
});

Deno.test("one that is longer than it may be is given up before all of it is here", async () => {
  let sent = 0;
  const endless = new ReadableStream({
    pull(controller) {
      sent += 1_000;
      controller.enqueue(new Uint8Array(1_000));
    },
  });
  const fetch: Fetch = () => Promise.resolve(new Response(endless));
  await assert.rejects(
    fetchBlob(url, { fetch, homeServer, maxBytes: 5_000, signal }),
    tells("file_damaged"),
  );
  assert.ok(sent < 20_000, String(sent));
});

Deno.test("what is gone, what does not answer, and what falls silent are told apart from what is wrong", async () => {
  const answering = (status: number): Fetch => () => Promise.resolve(new Response("", { status }));
  const options = { homeServer, maxBytes: 9, signal };
  await assert.rejects(fetchBlob(url, { ...options, fetch: answering(404) }), tells("file_gone"));
  await assert.rejects(fetchBlob(url, { ...options, fetch: answering(500) }), tells("no_network"));
  const away: Fetch = () => Promise.reject(new TypeError("failed to fetch"));
  await assert.rejects(fetchBlob(url, { ...options, fetch: away }), tells("no_network"));
  const silent: Fetch = (_, init) =>
    new Promise((_, reject) =>
      init!.signal!.addEventListener("abort", () => reject(init!.signal!.reason))
    );
  await assert.rejects(
    fetchBlob(url, { ...options, fetch: silent, silenceMs: 5 }),
    tells("no_network"),
  );
});

Deno.test("nobody's message has us knock at what is in this house, but where the home server is in it too", async () => {
  const asked: string[] = [];
  const fetch: Fetch = (at) => {
    asked.push(at);
    return Promise.resolve(new Response(Uint8Array.of(1)));
  };
  const options = { fetch, maxBytes: 1, signal };
  for (
    const inside of [
      "https://192.168.1.1/reboot?now",
      "https://localhost:8443/x",
      "https://nas.local/x",
      "http://127.0.0.1/x",
    ]
  ) {
    await assert.rejects(fetchBlob(inside, { ...options, homeServer }), tells("file_gone"));
    assert.deepEqual(asked, []);
    await fetchBlob(inside, { ...options, homeServer: "kez.home.arpa" });
    assert.deepEqual(asked.splice(0), [inside]);
  }
});
