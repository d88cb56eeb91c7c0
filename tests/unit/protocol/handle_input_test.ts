import assert from "node:assert/strict";
import {
  isLoopbackServer,
  isServerName,
  parseHandleInput,
  serverOrigin,
} from "../../../protocol/handle.ts";

const inputs: [string, ReturnType<typeof parseHandleInput>][] = [
  ["bob", { handle: "bob", server: null }],
  [" @Bob ", { handle: "bob", server: null }],
  ["bob@kez.lat", { handle: "bob", server: "kez.lat" }],
  ["@BOB@Kez.Lat:8443", { handle: "bob", server: "kez.lat:8443" }],
  ["bob@localhost:6969", { handle: "bob", server: "localhost:6969" }],
  ["bob@[::1]:80", { handle: "bob", server: "[::1]:80" }],
  ["bo", null],
  ["", null],
  ["bob@", null],
  ["bob@a@b", null],
  ["bob@kez.lat/evil", null],
  ["bob@kez.lat?x", null],
  ["bob@user:pass@kez.lat", null],
  ["bob@kez.lat:99999", null],
  ["bob@.kez", null],
  ["bób", null],
  ["bob smith", null],
  ["<script>", null],
];
for (const [text, parsed] of inputs) {
  Deno.test(`'${text}' typed as a handle is ${parsed ? "read" : "refused"}`, () => {
    assert.deepEqual(parseHandleInput(text), parsed);
  });
}

Deno.test("only loopback hosts are spoken to without TLS", () => {
  for (
    const server of [
      "localhost",
      "localhost:6969",
      "127.0.0.1:1",
      "127.9.9.9",
      "[::1]:80",
      "a.localhost",
    ]
  ) {
    assert.ok(isLoopbackServer(server), server);
    assert.equal(serverOrigin(server), `http://${server}`);
  }
  for (
    const server of [
      "kez.lat",
      "127.0.0.1.evil.example",
      "localhost.example",
      "128.0.0.1",
      "1270.0.0.1",
    ]
  ) {
    assert.ok(!isLoopbackServer(server), server);
    assert.equal(serverOrigin(server), `https://${server}`);
  }
});

Deno.test("a server name is a host and perhaps a port, nothing else", () => {
  for (
    const text of [
      "kez.lat",
      "kez.lat:443",
      "xn--bcher-kva.example",
      "192.0.2.1",
      "[2001:db8::1]:443",
    ]
  ) {
    assert.ok(isServerName(text), text);
  }
  for (
    const text of [
      "",
      "kez lat",
      "https://kez.lat",
      "kez.lat/",
      "-kez.lat",
      "kez.lat:",
      "a".repeat(300),
      "KEZ.lat",
    ]
  ) {
    assert.ok(!isServerName(text), text);
  }
});
