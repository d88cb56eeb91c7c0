import assert from "node:assert/strict";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { HttpFault } from "../../../../server/relay/http_answer.ts";
import { readRequestBody } from "../../../../server/relay/request_body.ts";

const MAX_BYTES = 10;

/** What becomes of the body of a request of these bytes, whose sender then waits or goes away. */
async function outcomeOf(
  bytes: string,
  { goesAway = false, timeoutMs = 60_000 } = {},
): Promise<string | number> {
  const outcome = Promise.withResolvers<string | number>();
  const server = createServer((request) => {
    readRequestBody(request, { maxBytes: MAX_BYTES, timeoutMs }).then(
      (body) => outcome.resolve(new TextDecoder().decode(body)),
      (error) => error instanceof HttpFault ? outcome.resolve(error.status) : outcome.reject(error),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write(`POST / HTTP/1.1\r\nHost: x\r\n${bytes}`, () => {
    if (goesAway) socket.destroy();
  });
  try {
    return await outcome.promise;
  } finally {
    const closed = new Promise((resolve) => server.close(resolve));
    socket.destroy();
    server.closeAllConnections();
    await closed;
  }
}

Deno.test("a body is read whole, announced or in chunks, or empty", async () => {
  assert.equal(await outcomeOf("Content-Length: 10\r\n\r\n0123456789"), "0123456789");
  assert.equal(
    await outcomeOf("Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"),
    "abc",
  );
  assert.equal(await outcomeOf("Content-Length: 0\r\n\r\n"), "");
  assert.equal(await outcomeOf("\r\n"), "");
});

Deno.test("a body that is too large is refused, by what it says or by what it is", async () => {
  assert.equal(await outcomeOf("Content-Length: 11\r\n\r\n"), 413);
  assert.equal(await outcomeOf("Transfer-Encoding: chunked\r\n\r\nb\r\n0123456789a\r\n"), 413);
});

Deno.test("a body that does not come, or breaks off, is given up", async () => {
  assert.equal(await outcomeOf("Content-Length: 2\r\n\r\na", { timeoutMs: 200 }), 408);
  assert.equal(await outcomeOf("Content-Length: 2\r\n\r\na", { goesAway: true }), 400);
});
