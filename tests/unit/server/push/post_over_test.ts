import assert from "node:assert/strict";
import { postOver } from "../../../../server/push/post_over.ts";
import { createPostPush, outcomeOf } from "../../../../server/push/post_push.ts";

/** A connection whose other end answers with these chunks, and then ends. */
function answering(...chunks: string[]) {
  let sent = "";
  const waiting = chunks.map((text) => new TextEncoder().encode(text));
  return {
    get sent() {
      return sent;
    },
    write(bytes: Uint8Array) {
      // Never all at once.
      const part = bytes.subarray(0, 20);
      sent += new TextDecoder().decode(part);
      return Promise.resolve(part.length);
    },
    read(into: Uint8Array) {
      const next = waiting.shift();
      if (next) into.set(next);
      return Promise.resolve(next?.length ?? null);
    },
  };
}

const URL_OF = new URL("https://push.example/x/%0d%0aEvil:1?token=a b");
const post = (...chunks: string[]) => postOver(answering(...chunks), URL_OF, { TTL: 1 });

Deno.test("what is sent is one head, whatever the endpoint says", async () => {
  const connection = answering("HTTP/1.1 201 Created\r\n\r\n");
  await postOver(connection, URL_OF, { "TTL": 86_400, "Content-Length": 0 });
  assert.deepEqual(connection.sent.split("\r\n"), [
    "POST /x/%0d%0aEvil:1?token=a%20b HTTP/1.1",
    "Host: push.example",
    "User-Agent: kez-chat",
    "Connection: close",
    "TTL: 86400",
    "Content-Length: 0",
    "",
    "",
  ]);
});

Deno.test("the answer's head is read, however it is cut and whatever follows", async () => {
  const whole = "HTTP/1.1 429 Too Many\r\nDate: x\r\nRETRY-AFTER:  7 \r\n\r\nbody";
  assert.deepEqual(await post(whole), { status: 429, retryAfter: "7" });
  assert.deepEqual(await post(...whole), { status: 429, retryAfter: "7" });
  const early = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.0 201\r\n\r\n";
  assert.deepEqual(await post(early), { status: 201, retryAfter: null });
});

for (
  const [what, chunks] of Object.entries({
    "nothing": [],
    "half a head": ["HTTP/1.1 201 Created\r\nA: b\r\n"],
    "no HTTP": ["SSH-2.0-OpenSSH_9.2\r\n\r\n"],
    "no status": ["HTTP/1.1 20 OK\r\n\r\n"],
    "a head without an end": Array.from({ length: 100 }, () => "a: ".padEnd(1_000, "x")),
    "early answers without an end": Array.from({ length: 1_000 }, () => "HTTP/1.1 103 x\r\n\r\n"),
  })
) {
  Deno.test(`no answer: ${what}`, async () => {
    await assert.rejects(post(...chunks));
  });
}

Deno.test("what a status means for a push", () => {
  const nowMs = Date.parse("2026-05-25T03:00:00Z");
  const typeOf = (status: number, retryAfter: string | null = null) =>
    outcomeOf(status, { retryAfter, nowMs });
  for (const status of [200, 201, 202]) assert.equal(typeOf(status).type, "delivered");
  for (const status of [404, 410]) assert.equal(typeOf(status).type, "gone");
  // Redirects are not followed: they would lead to where nobody has looked.
  for (const status of [301, 400, 401, 403, 413]) assert.equal(typeOf(status).type, "refused");
  assert.deepEqual(typeOf(503), { type: "failed", status: 503, retryAfterMs: 0 });
  assert.deepEqual(typeOf(429, "5"), { type: "failed", status: 429, retryAfterMs: 5_000 });
  const date = typeOf(429, "Mon, 25 May 2026 03:01:00 GMT");
  assert.deepEqual(date, { type: "failed", status: 429, retryAfterMs: 60_000 });
  assert.deepEqual(typeOf(429, "soon"), { type: "failed", status: 429, retryAfterMs: 0 });
});

Deno.test("a service that does not answer in time is given up, and its connection closed", async () => {
  const closed = Promise.withResolvers<void>();
  const hanging = {
    write: (bytes: Uint8Array) => Promise.resolve(bytes.length),
    read: () => closed.promise.then(() => null),
    close: () => closed.resolve(),
  };
  const push = createPostPush({
    connect: () => Promise.resolve(hanging as unknown as Deno.Conn),
    vapid: { authorization: () => Promise.resolve("vapid") },
    pushHosts: [],
    nowMs: Date.now,
    timeoutMs: 1,
  });
  const outcome = await push("https://fcm.googleapis.com/a", new AbortController().signal);
  assert.deepEqual(outcome, { type: "failed", status: null, retryAfterMs: 0 });
  await closed.promise;
});
