import assert from "node:assert/strict";
import { diskObstacle, isDiskFull } from "../../../server/file_fault.ts";

Deno.test("a full disk and one that takes no writes are told, whoever meets them; nothing else is", () => {
  const cases: [string, string | null][] = [
    ["No space left on device (os error 28): open '/data/lock'", "the disk is full"],
    ["Disk quota exceeded (os error 122)", "the disk is full"],
    ["database or disk is full", "the disk is full"],
    ["Read-only file system (os error 30)", "the disk takes no writes"],
    ["Permission denied (os error 13)", null],
  ];
  for (const [message, obstacle] of cases) {
    assert.equal(diskObstacle(new Error(message)), obstacle, message);
    assert.equal(isDiskFull(new Error(message)), obstacle === "the disk is full", message);
  }
});
