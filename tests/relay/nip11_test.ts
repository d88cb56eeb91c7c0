import assert from "node:assert/strict";
import { connect } from "node:net";
import { connectClient } from "./support/test_client.ts";
import { startTestRelay } from "./support/test_relay.ts";

const NIP11 = { headers: { accept: "application/nostr+json" } };

Deno.test("NIP-11 tells the real limits, the NIPs that are there, and who runs it", async () => {
  await using relay = await startTestRelay({
    policy: "members",
    retentionS: 86_400,
    info: {
      name: "Chat",
      description: "Two words",
      contact: "mailto:a@example.org",
      version: "1.2.3",
    },
  });
  const response = await fetch(relay.httpUrl, NIP11);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "application/nostr+json");
  const { limitation, ...rest } = await response.json();
  assert.deepEqual(rest, {
    name: "Chat",
    description: "Two words",
    contact: "mailto:a@example.org",
    software: "kez-chat",
    version: "1.2.3",
    supported_nips: [1, 11, 42],
    retention: [{ kinds: [4, 1059, 21059, 4243, 4244, 24243], time: 86_400 }, { time: null }],
  });
  assert.deepEqual(limitation, {
    max_message_length: 131_072,
    max_content_length: 65_536,
    max_subscriptions: 64,
    max_filters: 20,
    max_limit: 500,
    default_limit: 500,
    max_subid_length: 64,
    max_event_tags: 1_000,
    min_pow_difficulty: 0,
    auth_required: false,
    payment_required: false,
    restricted_writes: true,
    created_at_lower_limit: 94_608_000,
    created_at_upper_limit: 900,
  });
});

Deno.test("NIP-11 is open to pages of every origin, preflight included", async () => {
  await using relay = await startTestRelay();
  const response = await fetch(`${relay.httpUrl}relay?x=1`, NIP11);
  await response.body?.cancel();
  assert.equal(response.headers.get("access-control-allow-origin"), "*");
  const preflight = await fetch(relay.httpUrl, { method: "OPTIONS" });
  await preflight.body?.cancel();
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers.get("access-control-allow-origin"), "*");
  assert.equal(preflight.headers.get("access-control-allow-headers"), "*");
});

Deno.test("an open relay does not say that writing is restricted", async () => {
  await using relay = await startTestRelay({ policy: "open" });
  const { limitation } = await (await fetch(relay.httpUrl, NIP11)).json();
  assert.equal(limitation.restricted_writes, false);
});

Deno.test("a browser gets one line of plain text", async () => {
  await using relay = await startTestRelay();
  for (const path of ["", "relay"]) {
    const response = await fetch(relay.httpUrl + path, { headers: { accept: "text/html" } });
    assert.equal(response.status, 200);
    assert.match(response.headers.get("content-type")!, /^text\/plain/);
    assert.equal((await response.text()).trimEnd().split("\n").length, 1);
  }
});

Deno.test("other paths are not found, other methods not allowed", async () => {
  await using relay = await startTestRelay();
  for (const path of ["relay/", "other", "relay/../etc/passwd", "%2e%2e/"]) {
    const response = await fetch(relay.httpUrl + path, NIP11);
    await response.body?.cancel();
    assert.equal(response.status, path === "%2e%2e/" ? 200 : 404, path);
  }
  const response = await fetch(relay.httpUrl, { method: "POST", body: "x".repeat(100_000) });
  await response.body?.cancel();
  assert.equal(response.status, 405);
  assert.equal(response.headers.get("allow"), "GET, HEAD, OPTIONS");
});

Deno.test("a WebSocket opens at / and /relay and nowhere else", async () => {
  await using relay = await startTestRelay();
  await using client = await connectClient(`${relay.url}relay`);
  await client.sync();
  for (const path of ["other", "relay/x"]) {
    await assert.rejects(connectClient(relay.url + path), /refused/);
  }
});

Deno.test("bytes that are no HTTP do not disturb the relay", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const port = Number(new URL(relay.url).port);
  for (
    const bytes of ["\x16\x03\x01\x02\x00\x01\x00", "GET / HTTP/9.9\r\n\r\n", "\r\n".repeat(5_000)]
  ) {
    const socket = connect(port, "127.0.0.1");
    const closed = Promise.withResolvers<void>();
    socket.on("error", () => {});
    socket.on("close", () => closed.resolve());
    socket.resume();
    socket.end(bytes);
    await closed.promise;
  }
  await client.sync();
});
