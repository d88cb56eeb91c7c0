import assert from "node:assert/strict";
import { isPrivateHost } from "../../../protocol/private_host.ts";

const hostOf = (url: string) => new URL(url).host;

Deno.test("hosts of this machine and this house are private, however they are spelled", () => {
  for (
    const host of [
      "localhost",
      "localhost:6969",
      "localhost.",
      "a.localhost",
      "printer",
      "printer.local",
      "db.internal",
      "nas.home.arpa",
      "router.lan",
      "nas.home:5001",
      "127.0.0.1:443",
      "0x7f.1",
      "2130706433",
      "10.1.2.3",
      "100.64.0.1",
      "100.127.255.255",
      "169.254.169.254",
      "172.16.0.1",
      "172.31.255.255",
      "192.168.0.1:8443",
      "0.0.0.0",
      "[::1]",
      "[::]:80",
      "[fd00::1]",
      "[fe80::1]",
      "[::ffff:10.0.0.1]",
      "[64:ff9b::a00:1]",
      "[2002:a00:1::]",
      "[2001::a00:1]",
    ]
  ) {
    assert.ok(isPrivateHost(hostOf(`https://${host}/`)), host);
  }
});

Deno.test("hosts of the public internet are not private", () => {
  for (
    const host of [
      "kez.lat",
      "kez.lat:8443",
      "kez.lat.",
      "local.example",
      "mylocalhost.example",
      "8.8.8.8",
      "100.63.0.1",
      "100.128.0.1",
      "172.15.0.1",
      "172.32.0.1",
      "192.169.0.1",
      "[2a01:4f8::1]",
      "[2001:4860:4860::8888]:443",
    ]
  ) {
    assert.ok(!isPrivateHost(hostOf(`https://${host}/`)), host);
  }
});
