import assert from "node:assert/strict";
import { connect } from "node:net";
import { makeEvent } from "./support/events.ts";
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
      termsUrl: "https://example.org/terms",
      version: "1.2.3",
    },
  });
  const response = await fetch(relay.httpUrl, NIP11);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "application/nostr+json");
  // It is given out on the origin of the app.
  assert.equal(response.headers.get("x-content-type-options"), "nosniff");
  const { limitation, ...rest } = await response.json();
  assert.deepEqual(rest, {
    name: "Chat",
    description: "Two words",
    contact: "mailto:a@example.org",
    terms_of_service: "https://example.org/terms",
    software: "kez-chat",
    version: "1.2.3",
    supported_nips: [1, 9, 11, 40, 42, 45, 59, 62, 65, 70, 77],
    retention: [{ kinds: [4, 1059, 4243, 4244], time: 86_400 }, { time: null }],
  });
  assert.deepEqual(limitation, {
    max_message_length: 131_072,
    max_content_length: 65_190,
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

Deno.test("content of max_content_length is taken in an event of every kind, and the longest kinds take no more", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const { limitation } = await (await fetch(relay.httpUrl, NIP11)).json();
  const most = limitation.max_content_length;
  for (const kind of [1, 65_535]) {
    const event = makeEvent({ kind, content: "x".repeat(most) });
    assert.deepEqual(await client.publish(event), [true, ""]);
  }
  const larger = makeEvent({ kind: 65_535, content: "x".repeat(most + 1) });
  const [accepted, message] = await client.publish(larger);
  assert.equal(accepted, false);
  assert.match(message, /^invalid: the event is larger/);
});

Deno.test("max_subid_length is what is taken", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const { limitation } = await (await fetch(relay.httpUrl, NIP11)).json();
  await client.subscribe("x".repeat(limitation.max_subid_length), { kinds: [1] });
  client.send("REQ", "x".repeat(limitation.max_subid_length + 1), { kinds: [1] });
  const [, message] = await client.next(([verb]) => verb === "NOTICE");
  assert.match(message as string, /^invalid: a subscription id/);
});

Deno.test("max_event_tags is what is taken", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const { limitation } = await (await fetch(relay.httpUrl, NIP11)).json();
  const tags = Array.from({ length: limitation.max_event_tags }, () => ["x"]);
  assert.equal((await client.publish(makeEvent({ tags })))[0], true);
  assert.equal((await client.publish(makeEvent({ tags: [...tags, ["x"]] })))[0], false);
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
