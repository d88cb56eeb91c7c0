import assert from "node:assert/strict";
import { plainRequest } from "../../../server/request_target.ts";

/** A request as `Deno.serve` hands it over: its URL is the joined text. */
function handedOver(
  url: string,
  { host = null, method = "GET", body = null }: {
    host?: string | null;
    method?: string;
    body?: string | null;
  } = {},
): Request {
  const request = new Request("http://x/", {
    method: body === null ? "GET" : "POST",
    headers: host === null ? {} : { Host: host },
    body,
  });
  Object.defineProperty(request, "url", { value: url });
  Object.defineProperty(request, "method", { value: method });
  return request;
}

for (
  const host of [
    "kez.lat",
    "KEZ.lat",
    "localhost:6969",
    "x:",
    "x:65535",
    "127.0.0.1:1",
    "[::1]",
    "[::1]:6969",
    "a_b",
    "xn--nxasmq6b",
  ]
) {
  Deno.test(`a request for ${host} goes through as it is`, () => {
    for (const target of ["/", "/a/b?c=d&e=%27", "//a", "/*", "/a%2fb%5c?%"]) {
      const request = handedOver(`http://${host}${target}`, { host });
      assert.equal(plainRequest(request), request, target);
    }
  });
}

for (
  const host of [
    "[",
    "[::1",
    "[x]",
    "a b",
    "x:99999",
    "x:port",
    "x:1:2",
    "x?resource=acct:a@b&",
    "x#y",
    "x\\y",
    "user@x",
    "x%2f",
    "ÿ",
    "a, b",
    "1.2.3.999",
    "xn--a",
    ":80",
  ]
) {
  Deno.test(`a request for ${host} is refused`, () => {
    assert.equal(plainRequest(handedOver(`http://${host}/v1/healthz`)), null);
    assert.equal(plainRequest(handedOver(`http://${host}/`)), null);
  });
}

Deno.test("a Host header is looked at where the URL alone would pass", () => {
  for (const host of ["x/y", "x/../y", "x/.."]) {
    assert.equal(plainRequest(handedOver(`http://${host}/v1/config`, { host })), null, host);
  }
  assert.ok(plainRequest(handedOver("http://x/v1/config", { host: "" })));
});

Deno.test("a target without a path is refused", () => {
  for (const url of ["http://x:1", "http://x?a=b", "http:///"]) {
    assert.equal(plainRequest(handedOver(url)), null, url);
  }
});

Deno.test("a backslash is no letter of a path, and no slash", () => {
  for (const target of ["/internal\\nats/auth", "/x\\..\\v1/config", "/\\"]) {
    assert.equal(plainRequest(handedOver(`http://x${target}`)), null, target);
  }
  assert.ok(plainRequest(handedOver("http://x/v1/config?a\\b")));
});

for (
  const [raw, plain] of [
    ["/v1/../../etc/passwd", "/etc/passwd"],
    ["/v1/u/a/%2e%2e/b", "/v1/u/b"],
    ["/u/é", "/u/%C3%A9"],
    ['/a?q="<>', "/a?q=%22%3C%3E"],
    ["/a?", "/a"],
  ] as const
) {
  Deno.test(`the target ${raw} becomes ${plain}, once and for all`, async () => {
    const request = plainRequest(handedOver(`http://kez.lat${raw}`));
    assert.equal(request?.url, `http://kez.lat${plain}`);
    assert.equal(plainRequest(request), request);
    const put = plainRequest(
      handedOver(`http://kez.lat${raw}`, { host: "kez.lat", method: "PUT", body: "{}" }),
    );
    assert.deepEqual([put?.method, put?.url, await put?.text()], ["PUT", request.url, "{}"]);
  });
}

Deno.test("a target in another form is refused for methods that no request can be made of", () => {
  for (const method of ["CONNECT", "TRACE", "TRACK"]) {
    assert.equal(plainRequest(handedOver("http://x/a/../b", { method })), null);
  }
});

Deno.test("a GET in another form loses the body that it cannot have", async () => {
  const request = plainRequest(handedOver("http://x/a/../b", { method: "GET", body: "{}" }));
  assert.deepEqual([request?.url, await request?.text()], ["http://x/b", ""]);
});
