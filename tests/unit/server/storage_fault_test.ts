import assert from "node:assert/strict";
import { faultFields, storageFaultOf, unusableDatabase } from "../../../server/storage_fault.ts";

Deno.test("the words of SQLite, Deno KV and the system tell which fault it is, and nobody else's do", () => {
  for (
    const [words, fault] of [
      ["database or disk is full", "full"],
      ["No space left on device (os error 28)", "full"],
      ["attempt to write a readonly database", "unwritable"],
      ["Can not write to a read-only database.", "unwritable"],
      ["database disk image is malformed", "damaged"],
      ["file is not a database", "damaged"],
      ["URI malformed", null],
      ["database is locked", null],
    ] as const
  ) assert.equal(storageFaultOf(new TypeError(words)), fault, words);
  assert.equal(storageFaultOf("database or disk is full"), null);
});

Deno.test("a fault of the storage is logged with its cure, another error without", () => {
  assert.deepEqual(faultFields(new Error("database or disk is full")), {
    reason: "Error: database or disk is full",
    hint: "Make room on its disk",
  });
  assert.deepEqual(faultFields(new Error("x")), { reason: "Error: x" });
});

Deno.test("why a database cannot be opened is one line with its name", () => {
  const { message } = unusableDatabase("/data/relay.db", new Error("no such table\nSELECT 1"));
  assert.equal(
    message,
    "The database /data/relay.db cannot be opened: Error: no such table. " +
      "Check that it is a file of this user in a folder that exists.",
  );
});
