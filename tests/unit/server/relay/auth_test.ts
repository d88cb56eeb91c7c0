import assert from "node:assert/strict";
import { relayHosts } from "../../../../server/relay/auth.ts";

/** [public URL, host name listened at, names] at port 6970. */
const CASES: [string, string, string[]][] = [
  ["wss://chat.example.org/relay", "127.0.0.1", [
    "chat.example.org:443",
    "127.0.0.1:6970",
    "localhost:6970",
    "[::1]:6970",
  ]],
  ["ws://localhost:6970/", "0.0.0.0", [
    "localhost:6970",
    "0.0.0.0:6970",
    "127.0.0.1:6970",
    "[::1]:6970",
  ]],
  ["ws://192.0.2.7:7000", "192.0.2.7", ["192.0.2.7:7000", "192.0.2.7:6970"]],
  ["wss://Chat.Example.org:8443/x", "::", [
    "chat.example.org:8443",
    "[::]:6970",
    "localhost:6970",
    "127.0.0.1:6970",
    "[::1]:6970",
  ]],
  ["nonsense", "10.0.0.1", ["10.0.0.1:6970"]],
];

for (const [publicUrl, hostname, names] of CASES) {
  Deno.test(`a relay at ${publicUrl}, listening at ${hostname}, has these names`, () => {
    assert.deepEqual(relayHosts({ publicUrl, hostname, port: 6970 }), new Set(names));
  });
}
