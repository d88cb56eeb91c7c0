import assert from "node:assert/strict";
import { join } from "node:path";
import { ROOT } from "../../scripts/build_client.ts";
import { runToEnd } from "../../scripts/subprocess.ts";
import { createStandInHost, type StandInHost } from "../support/stand_in_host.ts";

const RESTART = "restart kez-chat.service";

async function versionOn({ path }: StandInHost): Promise<string> {
  const { output } = await runToEnd(path, { args: ["version"], cwd: "/" });
  return output.trim();
}

function filesOn({ folder }: StandInHost): string[] {
  const known = ["asked", "bin", "built", "data"];
  return [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) =>
    !known.includes(name)
  ).sort();
}

Deno.test("a new executable is copied, swapped in, and asked whether it is well; the old one stays beside it", async () => {
  await using host = await createStandInHost();
  const { code, stdout, stderr } = await host.deploy(await host.program("new"));
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(stdout, /^copied in [\d.]+ s$/m);
  assert.match(stdout, /^ok new$/m);
  assert.match(stdout, /^swapped in [\d.]+ s$/m);
  assert.equal(await versionOn(host), "kez-chat new");
  assert.deepEqual(await host.asked(), [RESTART]);
  assert.deepEqual(filesOn(host), ["kez-chat", "kez-chat.previous"]);
});

Deno.test("the same executable again restarts nothing", async () => {
  await using host = await createStandInHost();
  const executable = await host.program("new");
  await host.deploy(executable);
  const { code, stdout } = await host.deploy(executable);
  assert.equal(code, 0);
  assert.match(stdout, /kez-chat new runs already/);
  assert.deepEqual(await host.asked(), [RESTART]);
});

Deno.test("one that is not well is rolled back, with its log", async () => {
  await using host = await createStandInHost();
  const { code, stderr } = await host.deploy(await host.program("ill", { isWell: false }));
  assert.equal(code, 1);
  assert.match(stderr, /The new one is not well:\nthe last lines of the log/);
  assert.match(stderr, /rolled back to kez-chat old/);
  assert.equal(await versionOn(host), "kez-chat old");
  assert.equal((await host.asked()).filter((line) => line === RESTART).length, 2);
});

Deno.test("one that does not start is rolled back, and what it had migrated is as before", async () => {
  await using host = await createStandInHost();
  const data = join(host.folder, "data");
  await Deno.writeTextFile(`${data}/relay.db`, "old");
  const onStart =
    `cp ${data}/relay.db ${data}/relay.db.schema-1; echo new > ${data}/relay.db; exit 1`;
  const { code, stderr } = await host.deploy(await host.program("broken", { onStart }));
  assert.equal(code, 1);
  assert.match(stderr, /rolled back to kez-chat old/);
  assert.equal(await Deno.readTextFile(`${data}/relay.db`), "old");
  assert.equal(await Deno.readTextFile(`${data}/relay.db.rolled-back`), "new\n");
});

Deno.test({
  name: "what the service's user has laid into its folder leads root nowhere else",
  // Only root can give a folder to somebody else.
  ignore: Deno.uid() !== 0,
  async fn() {
    await using host = await createStandInHost();
    const [data, roots] = [join(host.folder, "data"), join(host.folder, "built")];
    await Deno.writeTextFile(`${data}/relay.db`, "old");
    await Deno.symlink(roots, `${data}/relay.db.rolled-back`);
    await Deno.chmod(host.folder, 0o711);
    await Deno.chown(data, 65534, 65534);
    const onStart = `cp ${data}/relay.db ${data}/relay.db.schema-1; exit 1`;
    const { code } = await host.deploy(await host.program("broken", { onStart }));
    assert.equal(code, 1);
    assert.deepEqual([...Deno.readDirSync(roots)].map(({ name }) => name).sort(), [
      "broken",
      "old",
    ]);
    assert.equal(await versionOn(host), "kez-chat old");
  },
});

Deno.test("one that does not run there, or takes no such settings, touches nothing", async () => {
  await using host = await createStandInHost();
  for (
    const [options, reason] of [
      [{ runs: false }, /does not run on this machine/],
      [{ takesSettings: false }, /does not take .*settings/],
    ] as const
  ) {
    const { code, stderr } = await host.deploy(await host.program("wrong", options));
    assert.equal(code, 1);
    assert.match(stderr, reason);
    assert.equal(await versionOn(host), "kez-chat old");
  }
  assert.deepEqual(await host.asked(), []);
  assert.deepEqual(filesOn(host), ["kez-chat"]);
});

Deno.test("one that arrives damaged is not used", async () => {
  await using host = await createStandInHost();
  const scp = join(host.folder, "bin/scp");
  await Deno.writeTextFile(scp, '#!/bin/sh\nfor last; do :; done\necho half > "${last#*:}"\n');
  const { code, stderr } = await host.deploy(await host.program("new"));
  assert.equal(code, 1);
  assert.match(stderr, /arrived damaged/);
  assert.deepEqual(await host.asked(), []);
});

Deno.test("what is not a server, or not a plain path, goes nowhere", async () => {
  for (
    const [args, reason] of [
      [[], /name one server/],
      [["-oProxyCommand=x"], /Unknown option|not a server/],
      [["--", "-oProxyCommand=x"], /is not a server/],
      [["me@host", "--service", "a;b"], /is not a plain path or name/],
      [["me@host", "--target", "windows-x64"], /--target is one of linux-x64, linux-arm64/],
    ] as const
  ) {
    const { success, output } = await runToEnd(Deno.execPath(), {
      args: ["run", "--quiet", "--no-check", "-A", "scripts/deploy.ts", ...args],
      cwd: ROOT,
    });
    assert.equal(success, false, args.join(" "));
    assert.match(output, reason);
    assert.equal(output.trim().split("\n").length, 1);
  }
});
