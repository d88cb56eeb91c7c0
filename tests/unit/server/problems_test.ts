import assert from "node:assert/strict";
import { ProtocolError } from "../../../protocol/errors.ts";
import { Problem, problemOf, problemResponse } from "../../../server/problems.ts";

Deno.test("a problem is told by RFC 9457, its own members last to be believed", async () => {
  const problem = new Problem("handle_taken", "Choose another one.", {
    headers: { "Retry-After": "5" },
    members: { length: 3, status: 200, code: "forged" },
  });
  const response = problemResponse(problem);
  assert.equal(response.status, 409);
  assert.equal(response.headers.get("Content-Type"), "application/problem+json");
  assert.equal(response.headers.get("Cache-Control"), "no-store");
  assert.equal(response.headers.get("Retry-After"), "5");
  assert.deepEqual(await response.json(), {
    type: "urn:kez-chat:problem:handle_taken",
    title: "The handle is taken",
    status: 409,
    code: "handle_taken",
    detail: "Choose another one.",
    length: 3,
  });
});

Deno.test("a detail that quotes too much is cut, not in the middle of a character", async () => {
  const response = problemResponse(new Problem("wrong_server", "🦊".repeat(5_000)));
  const { detail } = await response.json();
  assert.equal(detail.length, 501);
  const odd = await problemResponse(new Problem("wrong_server", "a" + "🦊".repeat(500))).json();
  assert.ok(odd.detail.isWellFormed());
});

Deno.test("refusals of the protocol become problems, faults do not", () => {
  assert.equal(problemOf(new ProtocolError("reserved_handle", "No."), 0)?.code, "reserved_handle");
  const unauthorized = problemOf(new ProtocolError("unauthorized", "No."), 1_000);
  assert.deepEqual(unauthorized?.headers, { "WWW-Authenticate": "Kez" });
  assert.deepEqual(unauthorized?.members, { server_time: "1970-01-01T00:00:01.000Z" });
  assert.equal(problemOf(new ProtocolError("undecryptable", "No."), 0), null);
  assert.equal(problemOf(new Error("bug"), 0), null);
  assert.equal(problemOf("thrown text", 0), null);
});
