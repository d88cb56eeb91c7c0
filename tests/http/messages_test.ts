import assert from "node:assert/strict";
import type { NostrEvent } from "../../protocol/nostr_event.ts";
import type { MessageRelay, RelayAnswer } from "../../server/messages/messages.ts";
import { createRateLimiter } from "../../server/rate_limit.ts";
import { createRateLimitStore } from "../../server/rate_limit_store.ts";
import { envelopeContent, makeMail, randomHex } from "../relay/support/events.ts";
import { publishInOrder } from "../relay/support/publish.ts";
import { connectClient } from "../relay/support/test_client.ts";
import { registerPerson } from "../support/push_subscriber.ts";
import { startKezChat } from "../support/server.ts";
import { checkCase } from "./cases.ts";
import { authorization, makeAccount, openTestHttp } from "./support.ts";

const PATH = "/v1/messages";
const BLOCKED = "203.0.113.66";
const alice = makeAccount();
const mail = makeMail(randomHex());
const post = (event: unknown = mail) => ({ name: "", method: "POST", path: PATH, body: event });
const get = (query = "") => {
  const path = PATH + query;
  return {
    name: "",
    path,
    headers: { Authorization: authorization(alice, { method: "GET", path }) },
  };
};

function openWithRelay(
  answer: RelayAnswer = { accepted: true, message: "" },
  { rateLimits = false, events = [] as NostrEvent[] } = {},
) {
  const relay: MessageRelay = {
    isBlocked: (client) => client === BLOCKED,
    submit: () => Promise.resolve(answer),
    mail(_, { afterSeq, limit }) {
      const mail = events.map((event, i) => ({ seq: i + 1, event }))
        .filter(({ seq }) => seq > afterSeq);
      return { mail: mail.slice(0, limit), hasMore: mail.length > limit };
    },
  };
  return openTestHttp({ deps: { messageRelay: () => relay }, config: { rateLimits } });
}

for (
  const [message, expected] of [
    ["", { status: 201, answer: { id: mail.id, stored: true } }],
    ["duplicate: this event is already here", {
      status: 200,
      answer: { id: mail.id, stored: false },
    }],
  ] as const
) {
  Deno.test(`a message that the relay takes with "${message}"`, async () => {
    await using http = await openWithRelay({ accepted: true, message });
    await checkCase(http, { ...post(), ...expected });
  });
}

for (
  const [message, status, problem] of [
    ["invalid: the signature is not right", 400, "invalid_event"],
    ["blocked: this reader is not registered here", 400, "invalid_event"],
    ["rate-limited: the mailbox of this reader is full, try again later", 429, "rate_limited"],
    ["error: the event could not be stored, try again later", 503, "overloaded"],
  ] as const
) {
  Deno.test(`a message that the relay refuses with "${message}"`, async () => {
    await using http = await openWithRelay({ accepted: false, message });
    await checkCase(http, { ...post(), status, problem });
  });
}

for (const body of ["", "{", "null", "[]", { ...mail, kind: 1 }, { ...mail, id: "x" }]) {
  Deno.test(`no message: ${JSON.stringify(body).slice(0, 60)}`, async () => {
    await using http = await openWithRelay();
    await checkCase(http, { ...post(body), status: 400, problem: "invalid_event" });
  });
}

Deno.test("the mailbox is read page by page, without loop, gap or double", async () => {
  const events = Array.from({ length: 5 }, () => makeMail(randomHex()));
  await using http = await openWithRelay(undefined, { events });
  const read: NostrEvent[] = [];
  let query = "?limit=2";
  for (let pages = 0; query !== "" && pages < 10; pages++) {
    const page = await checkCase(http, { ...get(query), status: 200 }) as {
      events: NostrEvent[];
      next: string | null;
    };
    read.push(...page.events);
    query = page.next === null ? "" : `?limit=2&after=${encodeURIComponent(page.next)}`;
  }
  assert.deepEqual(read, events);
});

for (
  const query of ["?limit=0", "?limit=501", "?limit=x", "?since=-1", "?since=1&since=2", "?after=!"]
) {
  Deno.test(`no page: ${query}`, async () => {
    await using http = await openWithRelay();
    await checkCase(http, { ...get(query), status: 400, problem: "malformed" });
  });
}

Deno.test("nobody reads without saying who it is, and each word counts once", async () => {
  await using http = await openWithRelay();
  await checkCase(http, { name: "", path: PATH, status: 401, problem: "unauthorized" });
  const once = get();
  await checkCase(http, { ...once, status: 200, answer: { events: [], next: null } });
  await checkCase(http, { ...once, status: 409, problem: "replayed" });
});

Deno.test("a mailbox is read sixty times at once, from wherever, then once a second", async () => {
  await using http = await openWithRelay(undefined, { rateLimits: true });
  const ask = (i: number) => ({ ...get(), peer: `198.51.100.${i}` });
  for (let i = 0; i < 60; i++) await checkCase(http, { ...ask(i), status: 200 });
  const answerHeaders = { "Retry-After": "1" };
  await checkCase(http, { ...ask(60), status: 429, problem: "rate_limited", answerHeaders });
  const path = PATH;
  const Authorization = authorization(makeAccount(), { method: "GET", path });
  await checkCase(http, {
    ...get(),
    headers: { Authorization },
    peer: "198.51.100.61",
    status: 200,
  });
});

Deno.test("whom the operator has blocked from the relay is not served here either", async () => {
  await using http = await openWithRelay();
  for (const one of [post(), get()]) {
    await checkCase(http, { ...one, peer: BLOCKED, status: 403, problem: "forbidden" });
  }
});

Deno.test("sixty messages of an IP at once, then one a second, with the headers that say so", async () => {
  await using http = await openWithRelay(undefined, { rateLimits: true });
  const policy = { "RateLimit-Policy": '"messages";q=60;w=60' };
  for (let left = 59; left >= 0; left--) {
    const answerHeaders = { ...policy, "RateLimit": `"messages";r=${left};t=${60 - left}` };
    await checkCase(http, { ...post(), status: 201, answerHeaders });
  }
  const refused = { ...post(), status: 429, problem: "rate_limited" } as const;
  const answerHeaders = { ...policy, "RateLimit": '"messages";r=0;t=60', "Retry-After": "1" };
  await checkCase(http, { ...refused, answerHeaders });
  // A header that no trusted proxy wrote changes nothing; another address is somebody else.
  await checkCase(http, { ...refused, headers: { "X-Forwarded-For": "203.0.113.9" } });
  await checkCase(http, { ...post(), peer: "198.51.100.8", status: 201 });
  const proxied = { ...post(), peer: "127.0.0.1", status: 201 };
  await checkCase(http, { ...proxied, headers: { "X-Forwarded-For": "203.0.113.9" } });
  http.clock.nowMs += 1000;
  await checkCase(http, { ...post(), status: 201 });
  await checkCase(http, { ...refused, answerHeaders });
  // An answer of an error tells too.
  http.clock.nowMs += 1000;
  await checkCase(http, {
    ...post("{"),
    status: 400,
    problem: "invalid_event",
    answerHeaders: policy,
  });
});

Deno.test("what was counted is on disk before the answer, and idle buckets are not kept", async () => {
  await using http = await openWithRelay(undefined, { rateLimits: true });
  await checkCase(http, { ...post(), status: 201 });
  const nowMs = () => http.clock.nowMs;
  const store = createRateLimitStore(http.kv, nowMs);
  const [saved] = await store.load();
  assert.equal(saved!.tokens, 59);
  assert.equal(saved!.fullAtMs, http.clock.nowMs + 1000);
  const next = createRateLimiter({ enabled: true, nowMs, store });
  await next.load();
  const rule = { name: "messages", capacity: 60, refillPerS: 1 };
  assert.equal(next.take(rule, "198.51.100.7").remaining, 58);
});

Deno.test("what the rate refuses writes nothing to the disk", async () => {
  await using http = await openWithRelay(undefined, { rateLimits: true });
  for (let i = 0; i < 60; i++) await checkCase(http, { ...post(), status: 201 });
  const stamp = async () =>
    (await Array.fromAsync(http.kv.list({ prefix: ["rate_limit"] }))).map((one) =>
      one.versionstamp
    );
  const before = await stamp();
  assert.equal(before.length, 1);
  await checkCase(http, { ...post(), status: 429, problem: "rate_limited" });
  assert.deepEqual(await stamp(), before);
});

Deno.test("over a real relay: sent, read back in order, and counted over a kill", async () => {
  await using server = await startKezChat();
  const person = await registerPerson(server, "alice");
  const send = (event: NostrEvent) =>
    fetch(server.url + PATH, { method: "POST", body: JSON.stringify(event) });
  const events = [1, 2, 3].map((i) =>
    makeMail(person.addr, {
      kind: i === 2 ? 4244 : 4243,
      created_at: Math.floor(Date.now() / 1000) - i,
    })
  );
  for (const event of events) {
    const answer = await send(event);
    assert.equal(answer.status, 201);
    assert.deepEqual(await answer.json(), { id: event.id, stored: true });
  }
  const again = await send(events[0]!);
  assert.deepEqual([again.status, (await again.json()).stored], [200, false]);
  const forged = await send({ ...makeMail(person.addr), sig: "0".repeat(128) });
  assert.deepEqual([forged.status, (await forged.json()).code], [400, "invalid_event"]);
  const stranger = await send(makeMail(randomHex()));
  assert.deepEqual([stranger.status, (await stranger.json()).code], [400, "invalid_event"]);

  const path = `${PATH}?since=0&limit=500`;
  const Authorization = authorization(person.account, {
    ...{ method: "GET", path, server: server.server },
    nowMs: Date.now(),
  });
  const read = await fetch(server.url + path, { headers: { Authorization } });
  assert.deepEqual(await read.json(), { events, next: null });

  const ignored = Array.from({ length: 45 }, () => fetch(server.url + PATH, { method: "POST" }));
  for (const answer of ignored) await (await answer).body?.cancel();
  await server.kill("SIGKILL");
  await server.restart();
  const after = await send(makeMail(person.addr));
  await after.body?.cancel();
  const remaining = Number(/r=(\d+)/.exec(after.headers.get("RateLimit")!)![1]);
  assert.ok(remaining < 50, `${remaining} left`);
});

Deno.test("a page of large messages ends early, so that nobody makes the server hold a whole mailbox", async () => {
  await using server = await startKezChat();
  const person = await registerPerson(server, "alice");
  await using client = await connectClient(server.relayUrl);
  const sent = Array.from(
    { length: 40 },
    () => makeMail(person.addr, { content: envelopeContent(46_000) }),
  );
  await publishInOrder(client, ...sent);

  const read: NostrEvent[] = [];
  for (let query: string | null = "?since=0&limit=500"; query !== null;) {
    const path: string = PATH + query;
    const Authorization = authorization(person.account, {
      ...{ method: "GET", path, server: server.server },
      nowMs: Date.now(),
    });
    const answer = await fetch(server.url + path, { headers: { Authorization } });
    const text = await answer.text();
    assert.ok(text.length < 2 ** 21, `${text.length} characters`);
    const { events, next } = JSON.parse(text);
    read.push(...events);
    query = next === null ? null : `?limit=500&after=${encodeURIComponent(next)}`;
  }
  assert.deepEqual(read, sent);
});
