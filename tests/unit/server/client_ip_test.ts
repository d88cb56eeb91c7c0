import assert from "node:assert/strict";
import { clientKey } from "../../../server/client_ip.ts";

const PROXIES = ["127.0.0.0/8", "::1/128", "10.1.0.0/16", "2001:db8:ffff::/48"];

const CASES: [peer: string | null, forwardedFor: string | null, key: string][] = [
  ["203.0.113.5", null, "203.0.113.5"],
  ["::ffff:203.0.113.5", null, "203.0.113.5"],
  ["::ffff:cb00:7105", null, "203.0.113.5"],
  ["2001:db8:1:2:3:4:5:6", null, "2001:db8:1:2::/64"],
  ["2001:DB8:1:2::", null, "2001:db8:1:2::/64"],
  ["fe80::1%eth0", null, "fe80:0:0:0::/64"],
  ["::1", null, "0:0:0:0::/64"],
  [null, "203.0.113.5", "unknown"],
  ["not an address", "203.0.113.5", "unknown"],
  ["203.0.113.5", "198.51.100.1", "203.0.113.5"],
  ["127.0.0.1", "198.51.100.1", "198.51.100.1"],
  ["127.0.0.1", null, "127.0.0.1"],
  ["127.0.0.1", "", "127.0.0.1"],
  ["::ffff:127.0.0.1", "198.51.100.1", "198.51.100.1"],
  ["::1", "2001:db8:1:2:3::", "2001:db8:1:2::/64"],
  ["127.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1"],
  ["127.0.0.1", "1.1.1.1,198.51.100.1,10.1.2.3", "198.51.100.1"],
  ["127.0.0.1", "198.51.100.1, 2001:db8:ffff::9", "198.51.100.1"],
  ["127.0.0.1", "10.1.0.1, 127.0.0.2", "10.1.0.1"],
  ["127.0.0.1", "198.51.100.1, unknown", "127.0.0.1"],
  ["127.0.0.1", "198.51.100.1, <script>, 10.1.2.3", "10.1.2.3"],
  ["127.0.0.1", "198.51.100.1:51234", "198.51.100.1"],
  ["127.0.0.1", "[2001:db8:1:2::5]:51234", "2001:db8:1:2::/64"],
  ["127.0.0.1", '"[2001:db8:1:2::5]"', "2001:db8:1:2::/64"],
  ["10.2.0.1", "198.51.100.1", "10.2.0.1"],
];

for (const [peer, forwardedFor, key] of CASES) {
  Deno.test(`${peer} with X-Forwarded-For ${forwardedFor} is counted as ${key}`, () => {
    assert.equal(clientKey({ peer, forwardedFor }, PROXIES), key);
  });
}

Deno.test("a chain of proxies is followed for sixteen hops", () => {
  const forwardedFor = `198.51.100.1, ${Array(20).fill("127.0.0.1").join(", ")}`;
  assert.equal(clientKey({ peer: "127.0.0.1", forwardedFor }, PROXIES), "127.0.0.1");
});

Deno.test("without trusted proxies the socket counts, and a bad CIDR trusts nobody", () => {
  const origin = { peer: "127.0.0.1", forwardedFor: "198.51.100.1" };
  assert.equal(clientKey(origin, []), "127.0.0.1");
  assert.equal(clientKey(origin, ["127.0.0.0/99", "localhost", ""]), "127.0.0.1");
});
