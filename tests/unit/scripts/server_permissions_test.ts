import assert from "node:assert/strict";
import config from "../../../deno.json" with { type: "json" };
import { SERVER_PERMISSIONS } from "../../../scripts/server_permissions.ts";

Deno.test("tests and dev start the server with the permissions of the task start", () => {
  assert.equal(config.tasks.start.command, `deno run ${SERVER_PERMISSIONS.join(" ")} main.ts`);
});

Deno.test("the server is never granted programs, libraries, the machine, or its whole environment", () => {
  for (const refused of ["run", "ffi", "sys", "all", "scripts", "import"]) {
    assert.ok(!SERVER_PERMISSIONS.some((flag) => flag.startsWith(`--allow-${refused}`)), refused);
  }
  assert.ok(!SERVER_PERMISSIONS.includes("--allow-env"));
});
