import { join } from "node:path";
import { ROOT } from "../../scripts/build_client.ts";
import { type CommandResult, temporaryFolder } from "./command.ts";

/** A server to deploy to that is a folder: `ssh`, `scp`, `systemctl` and `journalctl` are scripts that work in it. */
export interface StandInHost extends AsyncDisposable {
  folder: string;
  /** The installed executable. */
  path: string;
  /** Writes a script that takes the place of an executable. Returns its path. */
  program(version: string, options?: ProgramOptions): Promise<string>;
  deploy(executable: string): Promise<CommandResult>;
  /** What was asked of systemctl, in order. */
  asked(): Promise<string[]>;
}

interface ProgramOptions {
  /** Whether it says that it is well, once it is installed. */
  isWell?: boolean;
  /** Whether it takes the settings. */
  takesSettings?: boolean;
  /** Whether it runs at all. */
  runs?: boolean;
  /** Done by `systemctl restart` while this one is installed. */
  onStart?: string;
}

/** Makes such a host, with a version that is installed and well. */
export async function createStandInHost(): Promise<StandInHost> {
  const temporary = await temporaryFolder();
  const folder = temporary.path;
  const path = join(folder, "kez-chat");
  const write = async (name: string, lines: string[]) => {
    const file = join(folder, name);
    await Deno.mkdir(join(file, ".."), { recursive: true });
    await Deno.writeTextFile(file, ["#!/bin/sh", ...lines, ""].join("\n"), { mode: 0o755 });
    return file;
  };
  await write("bin/ssh", ["shift", `export TMPDIR=${folder}`, 'exec "$@"']);
  await write("bin/scp", ["while [ $# -gt 2 ]; do shift; done", 'exec cp "$1" "${2#*:}"']);
  await write("bin/systemctl", [
    `echo "$*" >> ${folder}/asked`,
    `[ "$1" = restart ] || exit 0`,
    `exec ${path} start`,
  ]);
  await write("bin/journalctl", ["echo the last lines of the log"]);
  const program = (version: string, options: ProgramOptions = {}) => {
    const { isWell = true, takesSettings = true, runs = true, onStart = "true" } = options;
    return write(`built/${version}`, [
      ...(runs ? [] : ["exit 126"]),
      `case $1 in`,
      `version) echo "kez-chat ${version}" ;;`,
      `config) echo "data  ${folder}/data  (file)"; exit ${takesSettings ? 0 : 1} ;;`,
      `health) echo "ok ${version}"; exit ${isWell ? 0 : 1} ;;`,
      `start) ${onStart} ;;`,
      `esac`,
    ]);
  };
  await Deno.mkdir(join(folder, "data"));
  await Deno.copyFile(await program("old"), path);
  return {
    folder,
    path,
    program,
    async deploy(executable) {
      const where = ["--path", path, "--settings", `${folder}/settings`];
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [
          ...["run", "--quiet", "--no-check", "-A", "scripts/deploy.ts", "me@host"],
          ...["--executable", executable, ...where],
        ],
        cwd: ROOT,
        env: { PATH: `${folder}/bin:${Deno.env.get("PATH")}`, KEZ_CHAT_DEPLOY_WAIT_S: "0" },
        stdin: "null",
      }).output();
      const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
      return { code, stdout: text(stdout), stderr: text(stderr) };
    },
    async asked() {
      const text = await Deno.readTextFile(join(folder, "asked")).catch(() => "");
      return text.split("\n").filter((line) => line !== "");
    },
    [Symbol.asyncDispose]: () => temporary[Symbol.asyncDispose](),
  };
}
