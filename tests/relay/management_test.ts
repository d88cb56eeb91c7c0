import assert from "node:assert/strict";
import { connect } from "node:net";
import { utf8ToBytes } from "../../protocol/bytes.ts";
import { httpAuthTemplate } from "../../protocol/http_auth.ts";
import { encodeNostrAuthorization } from "../../protocol/nostr_authorization.ts";
import { EVENT_RATE } from "../../server/relay/limits.ts";
import { makeEvent, newPerson, nowS } from "./support/events.ts";
import {
  admin,
  informationOf,
  managedError,
  post,
  RPC,
  send,
  sign,
  startManaged,
} from "./support/manage.ts";
import { NO_RATE_LIMIT, startTestRelay } from "./support/test_relay.ts";

const LIST = JSON.stringify({ method: "supportedmethods", params: [] });

Deno.test("the admin is told the methods, at / and /relay", async () => {
  await using relay = await startManaged();
  for (const path of ["", "relay"]) {
    const { status, headers, answer } = await send(relay, { body: LIST, path });
    assert.equal(status, 200);
    assert.equal(headers.get("content-type"), RPC);
    assert.equal(headers.get("access-control-allow-origin"), "*");
    assert.deepEqual([...(answer.result as string[])].sort(), [
      "allowevent",
      "allowpubkey",
      "banevent",
      "banpubkey",
      "blockip",
      "changerelaydescription",
      "changerelayicon",
      "changerelayname",
      "listallowedpubkeys",
      "listbannedevents",
      "listbannedpubkeys",
      "listblockedips",
      "unallowpubkey",
      "unbanevent",
      "unbanpubkey",
      "unblockip",
    ]);
  }
});

Deno.test("the relay may be named by every URL of its own, and by no other", async () => {
  await using relay = await startManaged({ publicUrl: () => "wss://kez.lat/relay" });
  const { port } = new URL(relay.url);
  for (
    const url of [
      "wss://kez.lat/relay",
      "https://kez.lat/relay",
      "https://KEZ.lat:443/",
      `ws://127.0.0.1:${port}`,
      `http://localhost:${port}/relay`,
      `http://[::1]:${port}/`,
    ]
  ) {
    assert.equal((await send(relay, { body: LIST, url })).status, 200, url);
  }
  for (
    const url of [
      "https://kez.lat/other",
      "http://kez.lat/relay",
      "https://kez.lat:8443/",
      "https://evil.example/relay",
      "https://kez.lat.evil.example/relay",
      "http://127.0.0.1:1/",
      "ftp://kez.lat/",
      "kez.lat",
      "",
    ]
  ) {
    const { status, answer } = await send(relay, { body: LIST, url });
    assert.equal(status, 401, url);
    assert.match(answer.error!, /the u tag/);
  }
});

Deno.test("who does not prove to be the admin is refused, with what is wrong", async () => {
  await using relay = await startManaged();
  const body = LIST;
  const forged = { ...makeEvent(), sig: "0".repeat(128) };
  const wrongSignature = (() => {
    const template = httpAuthTemplate({
      url: relay.httpUrl,
      method: "POST",
      body: utf8ToBytes(body),
      createdAtS: nowS(),
    });
    return encodeNostrAuthorization({ ...makeEvent(template, admin.secret), sig: forged.sig });
  })();
  const cases: Array<[string, number, RegExp]> = [
    ["", 401, /sign the request|is not Nostr/],
    ["Bearer abc", 401, /is not Nostr/],
    ["Nostr !", 401, /is not Nostr/],
    [encodeNostrAuthorization(makeEvent()), 401, /kind 27235/],
    [wrongSignature, 401, /signature/],
    [sign(relay, { body, secret: newPerson().secret }), 403, /only the operator's key/],
    [sign(relay, { body, signedMethod: "GET" }), 401, /method tag/],
    [sign(relay, { body, createdAtS: nowS() - 70 }), 401, /created_at/],
    [sign(relay, { body, createdAtS: nowS() + 70 }), 401, /created_at/],
    [sign(relay, { body, signedBody: "{}" }), 401, /payload/],
    [sign(relay, { body, signedBody: null }), 401, /payload/],
  ];
  for (const [authorization, status, words] of cases) {
    const answered = await post(relay, { body, authorization });
    assert.equal(answered.status, status, authorization);
    assert.match(answered.answer.error!, words);
    assert.equal(answered.headers.get("access-control-allow-origin"), "*");
    assert.equal(answered.headers.get("www-authenticate"), status === 401 ? "Nostr" : null);
  }
  const response = await fetch(relay.httpUrl, {
    method: "POST",
    body,
    headers: { "content-type": RPC },
  });
  assert.equal(response.status, 401);
  assert.match((await response.json()).error, /sign the request/);
});

Deno.test("an authorization counts once, also where two come at the same time", async () => {
  await using relay = await startManaged();
  const authorization = sign(relay, { body: LIST });
  const answers = await Promise.all(
    [1, 2, 3].map(() => post(relay, { body: LIST, authorization })),
  );
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 401, 401]);
  const { status, answer } = await post(relay, { body: LIST, authorization });
  assert.equal(status, 401);
  assert.match(answer.error!, /used before/);
});

Deno.test("the same call counts again where it is signed anew, within a second too", async () => {
  await using relay = await startManaged();
  const createdAtS = nowS();
  for (const _ of [1, 2]) assert.equal((await send(relay, { body: LIST, createdAtS })).status, 200);
});

Deno.test("calls are counted by client", async () => {
  const limiter: typeof NO_RATE_LIMIT = {
    take: (rule, key) => ({ ...NO_RATE_LIMIT.take(rule, key), allowed: rule !== EVENT_RATE }),
  };
  await using relay = await startManaged({ limiter });
  assert.equal((await send(relay, { body: LIST })).status, 429);
});

Deno.test("what is no call is answered in words", async () => {
  await using relay = await startManaged();
  const cases: Array<[string, RegExp]> = [
    ["{", /not JSON/],
    ["null", /a JSON object/],
    ['"banpubkey"', /a JSON object/],
    ["[]", /method must be a string/],
    ['{"method":1,"params":[]}', /method must be a string/],
    ['{"method":"banpubkey","params":{}}', /params must be an array/],
    ['{"method":"stop","params":[]}', /no such method/],
    ['{"method":"__proto__","params":[]}', /no such method/],
    ['{"method":"constructor"}', /no such method/],
  ];
  for (const [body, words] of cases) assert.match(await managedError(relay, body), words);
});

Deno.test("a large body is refused, announced or not, and only the admin's is read", async () => {
  await using relay = await startManaged();
  const body = " ".repeat(64 * 1024) + "x";
  assert.equal((await send(relay, { body })).status, 413);
  const inChunks = await fetch(relay.httpUrl, {
    method: "POST",
    body: new Blob([body]).stream(),
    headers: { "content-type": RPC, authorization: sign(relay, { body }) },
  });
  assert.equal(inChunks.status, 413);
  await inChunks.body?.cancel();
  assert.equal((await send(relay, { body: LIST.padEnd(64 * 1024) })).status, 200);
  assert.equal((await send(relay, { body, secret: newPerson().secret })).status, 403);
});

Deno.test("a sender who goes away in the middle of a body is no fault of the relay", async () => {
  await using relay = await startManaged();
  const socket = connect(Number(new URL(relay.url).port), "127.0.0.1");
  const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()));
  socket.on("error", () => {});
  socket.write(
    `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: ${RPC}\r\nContent-Length: 100\r\n` +
      `Authorization: ${sign(relay, { body: LIST })}\r\n\r\n{`,
    () => socket.destroy(),
  );
  await closed;
  assert.equal((await send(relay, { body: LIST })).status, 200);
  assert.deepEqual(relay.logLines.filter((line) => line.includes('"error"')), []);
});

Deno.test("pages of every origin may call, preflight included", async () => {
  await using relay = await startManaged();
  const preflight = await fetch(relay.httpUrl, {
    method: "OPTIONS",
    headers: {
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization,content-type",
    },
  });
  await preflight.body?.cancel();
  assert.equal(preflight.status, 204);
  const allowed = preflight.headers.get("access-control-allow-headers")!.toLowerCase().split(", ");
  assert.ok(allowed.includes("authorization") && allowed.includes("content-type"));
  assert.match(preflight.headers.get("access-control-allow-methods")!, /\bPOST\b/);
  assert.equal(preflight.headers.get("access-control-allow-origin"), "*");
});

Deno.test("without an admin key there is no management API, and NIP-11 does not tell of one", async () => {
  await using relay = await startTestRelay();
  const body = LIST;
  const headers = { "content-type": RPC, authorization: sign(relay, { body }) };
  const response = await fetch(relay.httpUrl, { method: "POST", body, headers });
  await response.body?.cancel();
  assert.equal(response.status, 405);
  const information = await informationOf(relay);
  assert.equal((information.supported_nips as number[]).includes(86), false);
  assert.equal("pubkey" in information, false);
});

Deno.test("other bodies and other paths are refused as ever", async () => {
  await using relay = await startManaged();
  const body = LIST;
  for (
    const [path, type, status] of [["", "application/json", 405], ["other", RPC, 404]] as const
  ) {
    const headers = { "content-type": type, authorization: sign(relay, { body }) };
    const response = await fetch(relay.httpUrl + path, { method: "POST", body, headers });
    await response.body?.cancel();
    assert.equal(response.status, status);
  }
});
