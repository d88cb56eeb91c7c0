import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { MAX_ANSWER_BYTES } from "../../../../server/proofs/fetch_text.ts";
import { type Handle, startStandIn } from "../../../support/stand_in.ts";
import { fakeResolver, fetchTextTo, hasReason, OPTIONS, PUBLIC } from "./support.ts";

const resolver = () =>
  fakeResolver({ "example.com": [PUBLIC], "other.example": [PUBLIC], "example.org": [PUBLIC] });
const URL = "https://example.com/x?y=1";

async function fetchFrom(handle: Handle, options = OPTIONS) {
  await using standIn = await startStandIn(handle);
  const { fetchText, dialled } = fetchTextTo(standIn, resolver());
  return { answer: await fetchText(URL, options), standIn, dialled };
}

Deno.test("a text is fetched from the address that was checked, on port 443, by the name", async () => {
  const { answer, standIn, dialled } = await fetchFrom((_, response) => response.end("hëllo"));
  assert.deepEqual(answer, { status: 200, text: "hëllo" });
  assert.deepEqual(dialled, [`${PUBLIC} 443`]);
  assert.deepEqual(standIn.requests, ["example.com/x?y=1"]);
  assert.equal(standIn.headers[0]!.cookie, undefined);
});

Deno.test("a certificate of another name is refused before anything is asked", async () => {
  await using standIn = await startStandIn((_, response) => response.end("x"));
  const { fetchText } = fetchTextTo(standIn, resolver());
  await assert.rejects(fetchText("https://other.example/", OPTIONS), hasReason("connection"));
  assert.deepEqual(standIn.requests, []);
});

Deno.test("redirects on the same origin are followed, without cookies, and not for ever", async () => {
  const { answer, standIn } = await fetchFrom((request, response) => {
    if (request.url === "/end") response.end("there");
    else response.writeHead(301, { "Location": "/end", "Set-Cookie": "a=b" }).end();
  });
  assert.equal(answer.text, "there");
  assert.deepEqual(standIn.headers.map(({ cookie }) => cookie), [undefined, undefined]);
  const round: Handle = (_, response) => response.writeHead(307, { Location: URL }).end();
  await assert.rejects(fetchFrom(round), hasReason("redirect"));
});

const gzip = { "Content-Encoding": "gzip" };
const full = "x".repeat(MAX_ANSWER_BYTES);

Deno.test("256 KiB are taken, packed or not", async () => {
  assert.equal((await fetchFrom((_, response) => response.end(full))).answer.text, full);
  const packed: Handle = (_, response) => response.writeHead(200, gzip).end(gzipSync(full));
  assert.equal((await fetchFrom(packed)).answer.text, full);
});

const TOO_LARGE: Record<string, Handle> = {
  "a byte more": (_, response) => response.end(`${full}x`),
  "an endless body": (_, response) => {
    const write = () => {
      while (!response.destroyed && response.write(full));
      response.once("drain", write);
    };
    write();
  },
  "a gzip bomb": (_, response) =>
    response.writeHead(200, gzip).end(gzipSync(new Uint8Array(64 * 2 ** 20))),
};

for (const [name, handle] of Object.entries(TOO_LARGE)) {
  Deno.test(`${name} is too large`, async () => {
    await assert.rejects(fetchFrom(handle), hasReason("too_large"));
  });
}

const BAD: Record<string, Handle> = {
  "an encoding that was not asked for": (_, response) =>
    response.writeHead(200, { "Content-Encoding": "br" }).end("x"),
  "what is not gzip": (_, response) => response.writeHead(200, gzip).end("x"),
  "half a gzip": (_, response) =>
    response.writeHead(200, gzip).end(gzipSync(full).subarray(0, 100)),
  "a body that breaks off": (request, response) => {
    response.writeHead(200, { "Content-Length": "100" });
    response.write("x", () => request.socket.destroy());
  },
  "no answer": (request) => request.socket.destroy(),
  "endless headers": (_, response) =>
    response.writeHead(200, { "X-Long": "x".repeat(100_000) }).end("x"),
};

for (const [name, handle] of Object.entries(BAD)) {
  Deno.test(`${name} is a bad answer`, async () => {
    await assert.rejects(fetchFrom(handle), hasReason("bad_answer"));
  });
}

Deno.test("the time ends a body that never ends, and the connection with it", async () => {
  const ending = new AbortController();
  const closed = Promise.withResolvers<void>();
  await using standIn = await startStandIn((request, response) => {
    request.socket.on("close", () => closed.resolve());
    response.write("x", () => ending.abort(new Error("over")));
  });
  const { fetchText } = fetchTextTo(standIn, resolver());
  const options = { accept: "*/*", signal: ending.signal };
  await assert.rejects(fetchText(URL, options), /over/);
  await closed.promise;
});
