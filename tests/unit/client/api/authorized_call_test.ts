import assert from "node:assert/strict";
import { verifyEd25519 } from "../../../../protocol/ed25519.ts";
import { primaryOf } from "../../../../protocol/identity.ts";
import { verifyRequestAuthorization } from "../../../../protocol/request_auth.ts";
import { createAuthorizedCall } from "../../../../client/authorized_call.ts";
import { isUserError } from "../../../../client/user_error.ts";

const identitySecret = new Uint8Array(32).fill(3);
const SERVER_MS = Date.parse("2026-05-25T03:00:00Z");

/** A server that takes what is signed for now, as it sees it. */
function serverAt(serverMs: number) {
  const asked: Request[] = [];
  const nonces = new Set<string>();
  const fetch = async (input: string, init?: RequestInit) => {
    const request = new Request(input, init);
    asked.push(request);
    const { pathname, search } = new URL(input);
    const body = init?.body ? new TextEncoder().encode(String(init.body)) : null;
    const signed = { server: "kez.test", method: request.method, path: pathname + search, body };
    try {
      const header = request.headers.get("Authorization");
      const answer = await verifyRequestAuthorization(header, {
        request: signed,
        nowMs: serverMs,
        verifyEd25519,
      });
      nonces.add(answer.nonce);
      return Response.json({ primary: answer.primary });
    } catch {
      const server_time = new Date(serverMs).toISOString();
      return Response.json({ code: "unauthorized", server_time }, { status: 401 });
    }
  };
  return { fetch, asked, nonces };
}

function callerAt(clientMs: number, fetch: Parameters<typeof createAuthorizedCall>[0]["fetch"]) {
  return createAuthorizedCall({
    fetch,
    origin: "https://kez.test",
    server: "kez.test",
    identitySecret,
    nowMs: () => clientMs,
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  });
}

Deno.test("a call is signed for its path with the query, its method and its body", async () => {
  const server = serverAt(SERVER_MS);
  const call = callerAt(SERVER_MS, server.fetch);
  const primary = primaryOf(identitySecret);
  assert.deepEqual((await call("GET", "/v1/x/%40a?url=b%2Fc")).body, { primary });
  assert.deepEqual((await call("POST", "/v1/y", { a: "ü" })).body, { primary });
  assert.equal(server.asked.length, 2);
  assert.equal(server.nonces.size, 2);
});

Deno.test("a device whose clock is wrong signs once more by the server's", async () => {
  const server = serverAt(SERVER_MS);
  const call = callerAt(SERVER_MS - 3_600_000, server.fetch);
  assert.equal((await call("GET", "/v1/x")).status, 200);
  assert.equal(server.asked.length, 2);
});

Deno.test("whoever is refused all the same is told so, and not for ever", async () => {
  let count = 0;
  const call = callerAt(SERVER_MS, () => {
    count++;
    const body = { code: "unauthorized", server_time: "2026-05-25T03:00:00Z" };
    return Promise.resolve(Response.json(body, { status: 401 }));
  });
  assert.equal((await call("GET", "/v1/x")).status, 401);
  assert.equal(count, 2);
});

Deno.test("without a network a call says so", async () => {
  const call = callerAt(SERVER_MS, () => Promise.reject(new TypeError("Failed to fetch")));
  await assert.rejects(call("GET", "/v1/x"), (error) => isUserError(error, "no_network"));
});
