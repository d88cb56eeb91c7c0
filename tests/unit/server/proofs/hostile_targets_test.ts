import assert from "node:assert/strict";
import { isGlobalAddress } from "../../../../server/global_address.ts";
import { startStandIn } from "../../../support/stand_in.ts";
import { fakeResolver, fetchTextTo, hasReason, OPTIONS, PUBLIC } from "./support.ts";

/** One address, or several, of every block that is not the public internet. */
const HOSTILE_ADDRESSES = (
  "0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 127.0.0.1 127.255.0.1 169.254.169.254 " +
  "172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.170 192.0.2.1 192.31.196.1 192.52.193.1 192.88.99.1 192.168.1.1 " +
  "192.175.48.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.250 240.0.0.1 " +
  "255.255.255.255 " +
  ":: ::1 ::127.0.0.1 ::1.1.1.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:a9fe:a9fe ::ffff:0:127.0.0.1 " +
  "64:ff9b::127.0.0.1 64:ff9b::10.0.0.1 64:ff9b::a9fe:a9fe 64:ff9b:1::1.1.1.1 100::1 100:0:0:1::1 2001::1 " +
  "2001:0:101:101::80ff:fffe 2001:0:a00:1::fefe:fefe 2001:1::1 2001:2::1 2001:3::1 2001:4:112::1 2001:10::1 " +
  "2001:20::1 2001:30::1 2001:db8::1 2002:7f00:1::1 2002:a00:1::1 2002:c0a8:101::1 2620:4f:8000::1 3fff::1 " +
  "4000::1 5f00::1 fc00::1 fd12:3456::1 fe80::1 fe80::1%eth0 fec0::1 ff02::1 ff0e::1"
).split(" ");

/** Ways to write a target that is none of ours. */
const HOSTILE_URLS = [
  "https://127.0.0.1/",
  "https://2130706433/",
  "https://0x7f000001/",
  "https://0177.0.0.1/",
  "https://0x7f.1/",
  "https://127.1/",
  "https://127.0.0.1./",
  "https://①②⑦.0.0.1/",
  "https://1.1.1.1/",
  "https://[::1]/",
  "https://[::ffff:127.0.0.1]/",
  "https://[64:ff9b::7f00:1]/",
  "https://localhost/",
  "https://localhost./",
  "https://example.com./",
  "https://user@example.com/",
  "https://user:pw@example.com/",
  "https://example.com:80/",
  "https://example.com:8443/",
  "http://example.com/",
  "http://example.com:443/",
  "ftp://example.com/",
  "file:///etc/passwd",
  "data:text/plain,x",
  "//example.com/",
  "",
];

Deno.test("the tables hold more than sixty targets", () => {
  assert.ok(HOSTILE_ADDRESSES.length + HOSTILE_URLS.length > 60);
});

for (const address of HOSTILE_ADDRESSES) {
  Deno.test(`nothing connects to ${address}, alone or beside a public address`, async () => {
    await using standIn = await startStandIn((_, response) => response.end("secret"));
    for (const addresses of [[address], [PUBLIC, address], [address, PUBLIC]]) {
      const { fetchText, dialled } = fetchTextTo(
        standIn,
        fakeResolver({ "example.com": addresses }),
      );
      await assert.rejects(
        fetchText("https://example.com/", OPTIONS),
        hasReason("forbidden_address"),
      );
      assert.deepEqual(dialled, []);
    }
    assert.equal(standIn.connections, 0);
  });
}

for (const url of HOSTILE_URLS) {
  Deno.test(`nothing connects to ${JSON.stringify(url)}`, async () => {
    await using standIn = await startStandIn((_, response) => response.end("secret"));
    const names = { "example.com": [PUBLIC], "localhost": [PUBLIC] };
    const { fetchText } = fetchTextTo(standIn, fakeResolver(names));
    await assert.rejects(fetchText(url, OPTIONS), hasReason("forbidden_address"));
    assert.equal(standIn.connections, 0);
  });
}

// A header holds no other characters.
const ASCII_URLS = HOSTILE_URLS.slice(0, -2).filter((url) => /^[ -~]*$/.test(url));

for (const url of [...ASCII_URLS, "https://example.org/", "//example.org/x"]) {
  Deno.test(`a redirect to ${JSON.stringify(url)} is not followed`, async () => {
    await using standIn = await startStandIn((_, response) =>
      response.writeHead(302, { Location: url }).end()
    );
    const names = { "example.com": [PUBLIC], "example.org": [PUBLIC], "localhost": [PUBLIC] };
    const { fetchText } = fetchTextTo(standIn, fakeResolver(names));
    await assert.rejects(fetchText("https://example.com/", OPTIONS));
    assert.equal(standIn.connections, 1);
  });
}

for (const address of HOSTILE_ADDRESSES) {
  Deno.test(`a name that is public first and ${address} then is asked for and checked at each redirect`, async () => {
    await using standIn = await startStandIn((_, response) =>
      response.writeHead(302, { Location: "/again" }).end()
    );
    const names = { "example.com": [[PUBLIC], [address]] };
    const { fetchText, dialled } = fetchTextTo(standIn, fakeResolver(names));
    await assert.rejects(
      fetchText("https://example.com/", OPTIONS),
      hasReason("forbidden_address"),
    );
    assert.equal(standIn.connections, 1);
    assert.deepEqual(dialled, [`${PUBLIC} 443`]);
  });
}

Deno.test("public addresses are taken, also such as stand for a public IPv4 address", () => {
  const addresses =
    "1.1.1.1 9.9.9.9 172.15.0.1 172.32.0.1 100.63.0.1 100.128.0.1 198.17.0.1 223.255.255.255 " +
    "2606:4700::1111 2a00:1450::1 2400::1 ::ffff:1.1.1.1 64:ff9b::1.1.1.1 2002:101:101::1 2001:0:101:101::fefe:fefe";
  for (const address of addresses.split(" ")) assert.ok(isGlobalAddress(address), address);
});
