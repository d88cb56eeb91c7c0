import assert from "node:assert/strict";
import { join } from "node:path";
import { ROOT } from "../../scripts/build_client.ts";
import { runToEnd } from "../../scripts/subprocess.ts";
import { temporaryFolder } from "../support/command.ts";
import { hasProgram } from "../support/find_program.ts";

const UNITS = join(ROOT, "deploy/systemd");
/** Highest exposure that systemd may see. (Specification page 8) */
const MAX_EXPOSURE = 2.0;

Deno.test({
  name: "systemd finds the services exposed by 2.0 of 10 at most",
  ignore: !hasProgram("systemd-analyze"),
  async fn() {
    for (const unit of ["kez-chat.service", "kez-chat-backup.service"]) {
      const { output } = await runToEnd("systemd-analyze", {
        args: ["security", "--offline=true", "--no-pager", join(UNITS, unit)],
        cwd: ROOT,
      });
      const [, exposure] = /Overall exposure level for \S+: ([\d.]+)/.exec(output) ?? [];
      assert.ok(exposure !== undefined, output);
      assert.ok(Number(exposure) <= MAX_EXPOSURE, `${unit}: ${exposure}`);
    }
  },
});

Deno.test({
  name: "systemd understands every line of the units",
  ignore: !hasProgram("systemd-analyze"),
  async fn() {
    await using folder = await temporaryFolder();
    const names = [...Deno.readDirSync(UNITS)].map(({ name }) => name).sort();
    assert.deepEqual(names, [
      "kez-chat-backup.service",
      "kez-chat-backup.timer",
      "kez-chat.service",
    ]);
    for (const name of names) {
      const text = await Deno.readTextFile(join(UNITS, name));
      // Where the tests run there is no executable in its place.
      await Deno.writeTextFile(
        join(folder.path, name),
        text.replaceAll("/usr/local/bin/kez-chat", "/bin/true"),
      );
    }
    const args = ["verify", ...names.map((name) => join(folder.path, name))];
    const { success, output } = await runToEnd("systemd-analyze", { args, cwd: ROOT });
    assert.equal(output, "");
    assert.ok(success);
  },
});
