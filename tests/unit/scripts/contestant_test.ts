import assert from "node:assert/strict";
import { startPeer } from "../../../scripts/bench/contestant.ts";
import type { FoundPeer } from "../../../scripts/bench/peers.ts";

function peer(path: string, args: string[] = []): FoundPeer {
  return {
    ...{ name: "peer", program: "peer", install: "", fsync: "full", durability: "", path },
    setUp: () => ({ args, files: {} }),
  };
}

Deno.test("a program that cannot be executed is a failure of the relay", async () => {
  await assert.rejects(startPeer(peer("/nowhere/relay")), {
    name: "RelayFailure",
    message: /could not be executed/,
  });
});

Deno.test("a program that ends at once is not waited for, and its last words are told", async () => {
  const failing = peer(Deno.execPath(), ["eval", "console.error('no config'); Deno.exit(3)"]);
  await assert.rejects(startPeer(failing), {
    name: "RelayFailure",
    message: /ended with code 3: no config$/,
  });
});

Deno.test("a folder that is there already is left alone", async () => {
  const folder = Deno.makeTempDirSync();
  try {
    await assert.rejects(startPeer({ ...peer(Deno.execPath()), folder }), {
      name: "RelayFailure",
      message: /there already/,
    });
    assert.ok(Deno.statSync(folder).isDirectory);
  } finally {
    Deno.removeSync(folder);
  }
});
