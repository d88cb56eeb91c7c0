import { type CommandLine, parseCommandLine } from "./server/admin/command_line.ts";
import { type CommandWithSettings, isWithoutSettings } from "./server/admin/commands.ts";
import type { Shell } from "./server/admin/completion_scripts.ts";
import { askHealth } from "./server/admin/health.ts";
import { helpText } from "./server/admin/help.ts";
import { serve } from "./server/admin/serve.ts";
import { showConfig } from "./server/admin/show_config.ts";
import { type Fault, faultText } from "./server/config_faults.ts";
import { type ConfigResult, loadConfig, type LoadedConfig } from "./server/config_load.ts";
import { environmentName, OPTION_NAMES, type OptionName } from "./server/config_options.ts";
import { createLog } from "./server/log.ts";
import { readServiceManager } from "./server/service_manager.ts";
import { COMMIT, VERSION } from "./server/version.ts";

const EXIT_FAULT = 1;

/**
 * The variables of the environment that settings may stand in: all of it where this process may list it, which finds
 * misspelt ones too, else those of known names.
 */
async function readVariables(): Promise<Record<string, string>> {
  const { state } = await Deno.permissions.query({ name: "env" });
  if (state === "granted") return Deno.env.toObject();
  const names = OPTION_NAMES.map(environmentName);
  return Object.fromEntries(names.map((name) => [name, Deno.env.get(name) ?? ""]));
}

async function load(flags: ReadonlyMap<OptionName, string>): Promise<ConfigResult> {
  return loadConfig({
    flags,
    environment: await readVariables(),
    readFile: (path) => Deno.readTextFileSync(path),
    isFolder,
    workingDir: Deno.cwd(),
    isTerminal: Deno.stdout.isTerminal(),
  });
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}

function report(faults: readonly Fault[]): number {
  for (const fault of faults) console.error(`kez-chat: ${faultText(fault)}`);
  console.error("kez-chat: help lists the commands and the settings");
  return EXIT_FAULT;
}

/** What a command prints that needs no settings. */
async function textOf(
  { command, helpTopic, words }: Pick<CommandLine, "command" | "helpTopic" | "words">,
): Promise<string> {
  if (command === "version") return versionText();
  if (command !== "completions") return helpText(helpTopic);
  const { completionScript } = await import("./server/admin/completion_scripts.ts");
  return completionScript(words[0] as Shell);
}

function versionText(): string {
  return `kez-chat ${VERSION}${COMMIT === null ? "" : ` (${COMMIT})`}`;
}

type Run = (
  loaded: LoadedConfig,
  line: Pick<CommandLine, "words" | "commandFlags">,
) => Promise<number>;

/**
 * What each command does that needs settings; their exit codes. Code is loaded on demand: what supervises a server does
 * without the relay and its databases.
 */
const RUNS: Readonly<Record<CommandWithSettings, Run>> = {
  config(loaded) {
    console.log(showConfig(loaded).trimEnd());
    return Promise.resolve(0);
  },
  async health({ config }) {
    const { line, exitCode } = await askHealth(config.bind, { fetch });
    (exitCode === 0 ? console.log : console.error)(line);
    return exitCode;
  },
  async export({ config }, { commandFlags }) {
    const { runExport } = await import("./server/event_transfer.ts");
    return await runExport(config, commandFlags.get("after") ?? null);
  },
  async import({ config }) {
    const { runImport } = await import("./server/event_transfer.ts");
    return await runImport(config);
  },
  async invite({ config }, line) {
    const { runAdministration } = await import("./server/administration.ts");
    return await runAdministration("invite", { config, line });
  },
  async handle({ config }, line) {
    const { runAdministration } = await import("./server/administration.ts");
    return await runAdministration("handle", { config, line });
  },
  async backup({ config }, line) {
    const { backupCommand } = await import("./server/backup_commands.ts");
    return await backupCommand(config, { ...line, command: "backup" });
  },
  async restore({ config }, line) {
    const { backupCommand } = await import("./server/backup_commands.ts");
    return await backupCommand(config, { ...line, command: "restore" });
  },
  async "nats-issuer"({ config }) {
    const { makeIssuer } = await import("./server/nats/make_issuer.ts");
    return await makeIssuer(config.nats);
  },
  async doctor({ config }) {
    const { runDoctor } = await import("./server/doctor_command.ts");
    return await runDoctor(config);
  },
  async server({ config }, { words: [, name] }) {
    const { runRename } = await import("./server/rename_server.ts");
    return await runRename(config, name!);
  },
  serve: ({ config }) =>
    serve(config, {
      homeDir: import.meta.dirname!,
      workerUrl: new URL("./server/worker.ts", import.meta.url),
      manager: readServiceManager((name) => Deno.env.get(name)),
      log: createLog({
        level: config.logLevel,
        format: config.logFormat,
        write: (line) => console.log(line.trimEnd()),
        nowMs: Date.now,
      }),
      nowMs: Date.now,
    }),
};

/** Does what the arguments say. Returns the exit code. */
async function main(args: readonly string[]): Promise<number> {
  const { command, helpTopic, words, flags, commandFlags, faults } = parseCommandLine(args);
  if (isWithoutSettings(command)) {
    if (faults.length > 0) return report(faults);
    console.log((await textOf({ command, helpTopic, words })).trimEnd());
    return 0;
  }
  const loaded = await load(flags);
  const all = [...faults, ...("faults" in loaded ? loaded.faults : [])];
  if (all.length > 0 || "faults" in loaded) return report(all);
  return await RUNS[command](loaded, { words, commandFlags });
}

Deno.exit(await main(Deno.args));
