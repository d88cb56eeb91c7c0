import assert from "node:assert/strict";
import { readBody } from "../../../server/http_body.ts";
import { Problem, type ProblemCode } from "../../../server/problems.ts";

function post(body: BodyInit | null, headers: HeadersInit = {}): Request {
  return new Request("https://kez.lat/", { method: "POST", body, headers });
}

function hasCode(code: ProblemCode) {
  return (error: unknown) => error instanceof Problem && error.code === code;
}

function chunks(parts: string[], onCancel: () => void = () => undefined): ReadableStream {
  const waiting = parts.map((part) => new TextEncoder().encode(part));
  return new ReadableStream({
    pull(controller) {
      const next = waiting.shift();
      if (next) controller.enqueue(next);
      else controller.close();
    },
    cancel: onCancel,
  });
}

Deno.test("a body is read whole, in however many pieces it comes", async () => {
  const decode = (bytes: Uint8Array | null) => bytes && new TextDecoder().decode(bytes);
  assert.equal(decode(await readBody(post("abc"))), "abc");
  assert.equal(decode(await readBody(post(chunks(["a", "b", "c"])))), "abc");
  assert.equal(await readBody(post("")), null);
  assert.equal(await readBody(post(null)), null);
  assert.equal(await readBody(post(chunks([]))), null);
});

Deno.test("a body of just the limit is taken, a byte more is not, and its sender is stopped", async () => {
  assert.equal((await readBody(post(chunks(["ab", "cd"])), { maxBytes: 4 }))?.length, 4);
  const cancelled = Promise.withResolvers<void>();
  const endless = chunks(Array(100).fill("abc"), cancelled.resolve);
  await assert.rejects(readBody(post(endless), { maxBytes: 4 }), hasCode("too_large"));
  await cancelled.promise;
});

Deno.test("a Content-Length above the limit is refused before anything is read", async () => {
  const request = post("a", { "Content-Length": "5" });
  await assert.rejects(readBody(request, { maxBytes: 4 }), hasCode("too_large"));
  assert.equal(request.bodyUsed, false);
});

Deno.test("a body that does not come is not waited for", async () => {
  const silent = new ReadableStream({ pull: () => new Promise<void>(() => undefined) });
  await assert.rejects(readBody(post(silent), { timeoutMs: 1 }), hasCode("request_timeout"));
});

Deno.test("a body that breaks off is its sender's fault", async () => {
  const broken = new ReadableStream({
    pull: (controller) => controller.error(new Error("connection reset")),
  });
  await assert.rejects(readBody(post(broken)), hasCode("malformed"));
});
