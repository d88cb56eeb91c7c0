import assert from "node:assert/strict";
import config from "../../../deno.json" with { type: "json" };
import { workerPermissions } from "../../../server/worker_permissions.ts";
import { SERVER_PERMISSIONS } from "../../../scripts/server_permissions.ts";

const NO_NATS = { url: null, issuerSeedFile: null, calloutSecretFile: null, account: null };

Deno.test("tests and dev start the server with the permissions of the task start", () => {
  assert.equal(config.tasks.start.command, `deno run ${SERVER_PERMISSIONS.join(" ")} main.ts`);
});

Deno.test("the server is never granted programs, libraries, or its whole environment", () => {
  for (const refused of ["run", "ffi", "all", "scripts", "import"]) {
    assert.ok(!SERVER_PERMISSIONS.some((flag) => flag.startsWith(`--allow-${refused}`)), refused);
  }
  assert.ok(!SERVER_PERMISSIONS.includes("--allow-env"));
});

Deno.test("of the machine the server learns how full its disk is, and nothing else", () => {
  const granted = SERVER_PERMISSIONS.filter((flag) => flag.startsWith("--allow-sys"));
  assert.deepEqual(granted, ["--allow-sys=statfs"]);
  const { sys } = workerPermissions(
    { dataDir: "/data", dbPath: "/data/db", webDir: null, nats: NO_NATS },
    { homeDir: "/home", manager: null },
  );
  assert.deepEqual(sys, ["statfs"]);
});

Deno.test("of the secrets for NATS the server reads those that the settings name, and writes neither", () => {
  const nats = { ...NO_NATS, issuerSeedFile: "/etc/n.seed", calloutSecretFile: "/etc/n.secret" };
  const granted = workerPermissions(
    { dataDir: "/data", dbPath: "/data/db", webDir: null, nats },
    { homeDir: "/home", manager: null },
  );
  for (const path of ["/etc/n.seed", "/etc/n.secret"]) {
    assert.ok((granted.read as string[]).includes(path), path);
    assert.ok(!(granted.write as string[]).includes(path), path);
  }
});
