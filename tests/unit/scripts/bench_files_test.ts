import assert from "node:assert/strict";
import { join } from "node:path";
import { isFile } from "../../../scripts/bench/is_file.ts";
import { keepFolder } from "../../../scripts/bench/signed_events.ts";

Deno.test("only a file is one: no folder, nothing that is missing, nothing below a file", () => {
  const folder = Deno.makeTempDirSync();
  try {
    const path = join(folder, "file");
    Deno.writeTextFileSync(path, "");
    const paths = [path, folder, join(folder, "other"), join(path, "below")];
    assert.deepEqual(paths.map(isFile), [true, false, false, false]);
    assert.throws(() => isFile(join(folder, "x".repeat(300))));
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("signed events of this month and version stay, others go", () => {
  const parent = Deno.makeTempDirSync();
  try {
    Deno.writeTextFileSync(join(keepFolder(parent, "events-v1-0"), "0.jsonl"), "old");
    const folder = keepFolder(parent, "events-v2-0");
    Deno.writeTextFileSync(join(folder, "0.jsonl"), "new");
    assert.equal(keepFolder(parent, "events-v2-0"), folder);
    assert.deepEqual([...Deno.readDirSync(parent)].map(({ name }) => name), ["events-v2-0"]);
    assert.equal(Deno.readTextFileSync(join(folder, "0.jsonl")), "new");
  } finally {
    Deno.removeSync(parent, { recursive: true });
  }
});
