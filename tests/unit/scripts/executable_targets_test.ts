import assert from "node:assert/strict";
import { executableName, ownTarget, parseTarget } from "../../../scripts/executable/targets.ts";

Deno.test("a target is known by its short name and by Deno's", () => {
  assert.equal(parseTarget("linux-arm64"), "linux-arm64");
  assert.equal(parseTarget("aarch64-unknown-linux-gnu"), "linux-arm64");
  assert.equal(parseTarget("windows"), null);
});

Deno.test("this machine is one of the targets, and Windows gets its ending", () => {
  assert.notEqual(ownTarget(), null);
  assert.equal(executableName("windows-x64"), "kez-chat.exe");
  assert.equal(executableName("macos-arm64"), "kez-chat");
});
