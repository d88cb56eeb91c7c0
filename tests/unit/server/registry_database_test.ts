import assert from "node:assert/strict";
import { join } from "node:path";
import { openRegistryDatabase } from "../../../server/registry_database.ts";
import { StartFault } from "../../../server/start_fault.ts";
import { temporaryFolder } from "../../support/command.ts";

Deno.test("the version of the schema is stored at the first opening", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "kez-chat.db");
  for (const _ of ["first", "again"]) {
    using kv = await openRegistryDatabase(path, "kez.lat");
    assert.equal((await kv.get(["schema"])).value, 1);
  }
});

Deno.test("a database from before there was a version is taken, and gets one", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "kez-chat.db");
  {
    using kv = await Deno.openKv(path);
    await kv.set(["registry", "server"], "kez.lat");
  }
  using kv = await openRegistryDatabase(path, "kez.lat");
  assert.equal((await kv.get(["schema"])).value, 1);
});

Deno.test("a database of a newer version is refused in words, and left as it is", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "kez-chat.db");
  {
    using kv = await Deno.openKv(path);
    await kv.set(["schema"], 2);
  }
  await assert.rejects(openRegistryDatabase(path, "kez.lat"), (error) => {
    assert.ok(error instanceof StartFault);
    assert.equal(
      error.message,
      `${path} was written by a newer version of kez-chat (schema 2, this version knows 1). ` +
        "Start the newer version, or restore a backup that this version made.",
    );
    return true;
  });
  using kv = await Deno.openKv(path);
  assert.equal((await kv.get(["schema"])).value, 2);
});

Deno.test("a database of a server of another name is refused", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "kez-chat.db");
  {
    using kv = await openRegistryDatabase(path, "kez.lat");
    await kv.set(["registry", "server"], "kez.lat");
  }
  await assert.rejects(openRegistryDatabase(path, "other.example"), StartFault);
});
