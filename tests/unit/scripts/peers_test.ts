import assert from "node:assert/strict";
import { describeVersion, findPeers, type Peer, PEERS } from "../../../scripts/bench/peers.ts";

const peer = (program: string): Peer => ({
  ...{ name: program, program, install: "", fsync: "full", durability: "" },
  setUp: () => ({ args: [], files: {} }),
});

Deno.test("a program is looked up in the folders of PATH, in their order", () => {
  const there = new Set(["/b/relay", "/c/relay", "/c/other"]);
  const { found, missing } = findPeers([peer("relay"), peer("other"), peer("none")], {
    folder: undefined,
    path: "/a:/b:/c",
    exists: (path) => there.has(path),
  });
  assert.deepEqual(found.map(({ path }) => path), ["/b/relay", "/c/other"]);
  assert.deepEqual(missing.map(({ name }) => name), ["none"]);
});

Deno.test("where a folder is named, PATH is not asked", () => {
  const { found } = findPeers([peer("relay")], {
    folder: "/peers",
    path: "/b",
    exists: (path) => path === "/b/relay",
  });
  assert.deepEqual(found, []);
});

for (const { name, setUp, port } of PEERS.filter(({ port }) => port === undefined)) {
  Deno.test(`${name} is told its port, its folder, and to listen on this machine alone`, () => {
    const { args, files } = setUp({ folder: "/data/x", port: 7777 });
    const text = [...args, ...Object.values(files)].join(" ");
    assert.equal(port, undefined);
    for (const part of ["/data/x", "7777", "127.0.0.1"]) assert.ok(text.includes(part), part);
  });
}

Deno.test("a version is the first line that a program prints when it is asked", async () => {
  const deno = { name: "deno", path: Deno.execPath() };
  const asked = await describeVersion({ ...deno, versionOption: "--version" });
  assert.ok(asked.startsWith(`deno ${Deno.version.deno}`), asked);
});

const VERSIONLESS: [string, { path: string; versionOption?: string }][] = [
  ["is not asked", { path: Deno.execPath() }],
  ["fails when it is asked", { path: Deno.execPath(), versionOption: "--no-such-option" }],
  ["cannot be executed", { path: "/nowhere/relay", versionOption: "--version" }],
];

for (const [what, peer] of VERSIONLESS) {
  Deno.test(`a program that ${what} tells no version`, async () => {
    assert.equal(await describeVersion({ name: "relay", ...peer }), "relay, version not told");
  });
}
