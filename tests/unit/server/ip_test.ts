import assert from "node:assert/strict";
import { isIP } from "node:net";
import { parseCidr, parseIp } from "../../../server/ip.ts";

const TEXTS = [
  "0.0.0.0",
  "255.255.255.255",
  "256.0.0.1",
  "1.2.3",
  "1.2.3.4.5",
  "1.2.3.4 ",
  "::",
  "::1",
  "1::",
  "1:2:3:4:5:6:7:8",
  "1:2:3:4:5:6:7",
  "1:2:3:4:5:6:7:8:9",
  "1:2:3:4:5:6:7::",
  "1::2::3",
  ":::",
  "1:::2",
  ":1",
  "1:",
  "12345::",
  "g::",
  "::ffff:1.2.3.4",
  "::1.2.3.4",
  "1:2:3:4:5:6:1.2.3.4",
  "1:2:3:4:5:6:7:1.2.3.4",
  "1.2.3.4::",
  "::1.2.3.4:5",
  "::1.2.3",
  "",
  "localhost",
];

for (const text of TEXTS) {
  Deno.test(`"${text}" is an address here exactly where node takes it for one`, () => {
    assert.equal(parseIp(text) !== null, isIP(text) !== 0);
  });
}

Deno.test("an IPv4 address is the same as its mapped form", () => {
  assert.deepEqual(parseIp("1.2.3.4"), [0, 0, 0, 0, 0, 0xffff, 0x0102, 0x0304]);
  assert.deepEqual(parseIp("::ffff:102:304"), parseIp("1.2.3.4"));
  assert.deepEqual(parseIp("2001:db8::1"), [0x2001, 0xdb8, 0, 0, 0, 0, 0, 1]);
});

const SUBNETS: [cidr: string, inside: string[], outside: string[]][] = [
  ["10.0.0.0/8", ["10.0.0.0", "10.255.255.255", "::ffff:10.1.1.1"], ["11.0.0.0", "::1"]],
  ["192.168.1.128/25", ["192.168.1.128", "192.168.1.255"], ["192.168.1.127"]],
  ["192.0.2.1", ["192.0.2.1"], ["192.0.2.2"]],
  ["0.0.0.0/0", ["1.2.3.4", "255.0.0.1"], ["2001:db8::1"]],
  ["2001:db8::/33", ["2001:db8:7fff::"], ["2001:db8:8000::"]],
  ["::1/128", ["::1"], ["::2", "127.0.0.1"]],
  ["::/0", ["::1", "1.2.3.4"], []],
];

for (const [cidr, inside, outside] of SUBNETS) {
  Deno.test(`${cidr} holds what it should`, () => {
    const subnet = parseCidr(cidr)!;
    for (const ip of inside) assert.ok(subnet.contains(parseIp(ip)!), ip);
    for (const ip of outside) assert.ok(!subnet.contains(parseIp(ip)!), ip);
  });
}

for (
  const text of ["10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/8/8", "/8", "a/8", "1.2.3.4/-1"]
) {
  Deno.test(`"${text}" is no subnet`, () => assert.equal(parseCidr(text), null));
}
