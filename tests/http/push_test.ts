import assert from "node:assert/strict";
import { addrOf } from "../../protocol/addr.ts";
import { subscriptionId } from "../../protocol/subscription_id.ts";
import { startPushService, subscriptionOf } from "../support/push_service.ts";
import { checkCase } from "./cases.ts";
import {
  type Account,
  authorization,
  makeAccount,
  openTestHttp,
  type TestHttp,
} from "./support.ts";

const alice = makeAccount();
const bo = makeAccount();
const PATH = "/v1/push/subscriptions";
const FCM = "https://fcm.googleapis.com/fcm/send/a";
const PUBLIC = { addresses: () => Promise.resolve(["142.250.1.1"]) };

function post(account: Account, endpoint: string, nowMs?: number) {
  const body = JSON.stringify({ subscription: subscriptionOf(endpoint) });
  const headers = {
    Authorization: authorization(account, { method: "POST", path: PATH, body, nowMs }),
  };
  return { name: "", method: "POST", path: PATH, body, headers };
}

function call(account: Account, method: string, path: string) {
  return {
    name: "",
    method,
    path,
    headers: { Authorization: authorization(account, { method, path }) },
  };
}

async function openWithPeople(options: Parameters<typeof openTestHttp>[0] = {}): Promise<TestHttp> {
  const http = await openTestHttp({ pushDeps: { resolver: PUBLIC }, ...options });
  await http.register(alice, "alice");
  await http.register(bo, "bob");
  return http;
}

Deno.test("the server's key is a point of P-256, and stays", async () => {
  await using http = await openTestHttp();
  const first = await checkCase(http, { name: "", path: "/v1/push/key", status: 200 }) as {
    public_key: string;
  };
  assert.equal(first.public_key.length, 87);
  assert.deepEqual(
    await checkCase(http, { name: "", path: "/v1/push/key", status: 200 }),
    first,
  );
});

Deno.test("a device subscribes once, sees itself in the list, and leaves", async () => {
  await using http = await openWithPeople();
  const id = subscriptionId(FCM);
  await checkCase(http, { ...post(alice, FCM), status: 201, answer: { id } });
  await checkCase(http, { ...post(alice, FCM), status: 200, answer: { id } });
  await checkCase(http, {
    ...call(alice, "GET", `${PATH}/alice`),
    status: 200,
    answer: { handle: "alice", subscriptions: [{ id, created_at: "2026-05-25T03:00:00Z" }] },
    answerHeaders: { "Cache-Control": "no-store" },
  });
  await checkCase(http, { ...call(alice, "DELETE", `${PATH}/${id}`), status: 204 });
  const again = call(alice, "DELETE", `${PATH}/${id}`);
  await checkCase(http, { ...again, status: 404, problem: "not_found" });
});

Deno.test("subscriptions are their owner's alone", async () => {
  await using http = await openWithPeople();
  await checkCase(http, { ...post(alice, FCM), status: 201 });
  const list = call(bo, "GET", `${PATH}/alice`);
  await checkCase(http, { ...list, status: 403, problem: "forbidden" });
  await checkCase(http, { ...list, status: 409, problem: "replayed" });
  const unknown = call(bo, "GET", `${PATH}/nobody`);
  await checkCase(http, { ...unknown, status: 404, problem: "unknown_handle" });
  const removal = call(bo, "DELETE", `${PATH}/${subscriptionId(FCM)}`);
  await checkCase(http, { ...removal, status: 403, problem: "forbidden" });
  const anybody = {
    name: "",
    path: `${PATH}/alice`,
    status: 401,
    problem: "unauthorized",
  } as const;
  await checkCase(http, anybody);
  const stranger = post(makeAccount(), FCM);
  await checkCase(http, { ...stranger, status: 403, problem: "not_registered" });
});

Deno.test("registering an endpoint takes it from another primary", async () => {
  await using http = await openWithPeople();
  await checkCase(http, { ...post(alice, FCM), status: 201 });
  await checkCase(http, { ...post(bo, FCM), status: 201 });
  assert.deepEqual(http.push.subscriptions.of(alice.primary), []);
  assert.equal(http.push.subscriptions.of(bo.primary).length, 1);
});

Deno.test("of eleven subscriptions the oldest goes, and a new start knows the ten", async () => {
  await using http = await openWithPeople();
  for (let i = 0; i < 11; i++) {
    http.clock.nowMs += 1000;
    await checkCase(http, { ...post(alice, `${FCM}${i}`, http.clock.nowMs), status: 201 });
  }
  const endpoints = () => http.push.subscriptions.of(alice.primary).map(({ endpoint }) => endpoint);
  assert.deepEqual(endpoints(), Array.from({ length: 10 }, (_, i) => `${FCM}${i + 1}`));
});

for (
  const endpoint of [
    "http://fcm.googleapis.com/a",
    "https://fcm.googleapis.com:8443/a",
    "https://fcm.googleapis.com.evil.example/a",
    "https://evilfcm.googleapis.com@evil.example/a",
    "https://evil.example/fcm.googleapis.com",
    "https://xfcm.googleapis.com/a",
    "https://user:pw@fcm.googleapis.com/a",
    "https://127.0.0.1/a",
    "http://127.0.0.1:9999/a",
    "https://[::1]/a",
    "file:///etc/passwd",
    "nonsense",
    "",
    `https://fcm.googleapis.com/${"a".repeat(2048)}`,
  ]
) {
  Deno.test(`no push service: ${endpoint.slice(0, 60)}`, async () => {
    await using http = await openWithPeople();
    await checkCase(http, { ...post(alice, endpoint), status: 400, problem: "bad_endpoint" });
  });
}

for (
  const endpoint of [
    FCM,
    "https://updates.push.services.mozilla.com/wpush/v2/x",
    "https://web.push.apple.com/x",
    "https://wns2-par02p.notify.windows.com/w/?token=x",
    "https://FCM.googleapis.com/x",
    "https://a.push.example.org/x",
  ]
) {
  Deno.test(`a push service: ${endpoint}`, async () => {
    const pushHosts = [{ hostname: "push.example.org", port: null }];
    await using http = await openWithPeople({
      config: { pushHosts },
      pushDeps: { resolver: PUBLIC },
    });
    await checkCase(http, { ...post(alice, endpoint), status: 201 });
  });
}

Deno.test("a push service that resolves to a private address is none", async () => {
  const resolver = { addresses: () => Promise.resolve(["142.250.1.1", "10.0.0.1"]) };
  await using http = await openWithPeople({ pushDeps: { resolver } });
  await checkCase(http, { ...post(alice, FCM), status: 400, problem: "bad_endpoint" });
});

for (
  const body of [
    "",
    "null",
    "{",
    "{}",
    '{"subscription":{}}',
    '{"subscription":{"endpoint":1,"keys":{"p256dh":"a","auth":"b"}}}',
    '{"subscription":{"endpoint":"https://fcm.googleapis.com/a"}}',
    '{"subscription":{"endpoint":"https://fcm.googleapis.com/a","keys":{"p256dh":"a","auth":"b"},"expirationTime":"x"}}',
  ]
) {
  Deno.test(`not a subscription: ${body}`, async () => {
    await using http = await openWithPeople();
    const Authorization = authorization(alice, { method: "POST", path: PATH, body: body || null });
    await checkCase(http, {
      ...{ name: "", method: "POST", path: PATH, body: body || undefined },
      headers: { Authorization },
      status: 400,
      problem: "malformed",
    });
  });
}

Deno.test("who gives the handle up is told of nothing any more", async () => {
  await using http = await openWithPeople();
  await checkCase(http, { ...post(alice, FCM), status: 201 });
  await http.push.removeAllOf(alice.primary);
  assert.deepEqual(http.push.subscriptions.addrs(), []);
});

Deno.test("mail becomes one signed, empty push for each device, and a test push says how it ended", async () => {
  await using service = startPushService({ nowMs: () => Date.parse("2026-05-25T03:00:00Z") });
  const pushHosts = [{ hostname: "127.0.0.1", port: service.port }];
  await using http = await openWithPeople({ config: { pushHosts }, pushDeps: {} });
  for (const device of ["/phone", "/laptop"]) {
    await checkCase(http, { ...post(alice, service.origin + device), status: 201 });
  }
  assert.equal(await http.push.notify(addrOf(alice.primary), 5), true);
  assert.deepEqual(service.faults, []);
  assert.deepEqual(service.pushes.map(({ path }) => path).toSorted(), ["/laptop", "/phone"]);
  const [{ ttl, urgency, bodyBytes, claims, publicKey }] = service.pushes as [
    typeof service.pushes[0],
  ];
  assert.deepEqual({ ttl, urgency, bodyBytes }, { ttl: "86400", urgency: "high", bodyBytes: 0 });
  assert.equal(claims.sub, "mailto:admin@kez.lat");
  assert.equal(publicKey, http.push.publicKey);
  assert.equal(http.push.coveredSeq(addrOf(alice.primary)), 5);

  const path = `${PATH}/${subscriptionId(`${service.origin}/phone`)}/test`;
  await checkCase(http, {
    ...call(alice, "POST", path),
    status: 200,
    answer: { result: "delivered" },
  });
  await checkCase(http, { ...call(bo, "POST", path), status: 403, problem: "forbidden" });
  assert.equal(service.pushes.length, 3);
});

Deno.test("a subscription that its service does not know any more is taken away", async () => {
  const nowMs = () => Date.parse("2026-05-25T03:00:00Z");
  await using service = startPushService({
    nowMs,
    answer: () => new Response(null, { status: 410 }),
  });
  const pushHosts = [{ hostname: "127.0.0.1", port: service.port }];
  await using http = await openWithPeople({ config: { pushHosts }, pushDeps: {} });
  await checkCase(http, { ...post(alice, `${service.origin}/a`), status: 201 });
  await http.push.notify(addrOf(alice.primary));
  assert.deepEqual(http.push.subscriptions.addrs(), []);
});
