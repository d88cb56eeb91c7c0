import { type CommandLine, parseCommandLine } from "./server/admin/command_line.ts";
import { WITHOUT_SETTINGS } from "./server/admin/commands.ts";
import type { Shell } from "./server/admin/completion_scripts.ts";
import { askHealth } from "./server/admin/health.ts";
import { helpText } from "./server/admin/help.ts";
import { serve } from "./server/admin/serve.ts";
import { showConfig } from "./server/admin/show_config.ts";
import { type Fault, faultText } from "./server/config_faults.ts";
import { type ConfigResult, loadConfig } from "./server/config_load.ts";
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

/** Does what the arguments say. Returns the exit code. */
async function main(args: readonly string[]): Promise<number> {
  const { command, helpTopic, words, flags, commandFlags, faults } = parseCommandLine(args);
  const loaded = WITHOUT_SETTINGS.includes(command) ? null : await load(flags);
  const all = [...faults, ...(loaded && "faults" in loaded ? loaded.faults : [])];
  if (all.length > 0) return report(all);
  if (loaded === null || "faults" in loaded) {
    console.log((await textOf({ command, helpTopic, words })).trimEnd());
    return 0;
  }
  if (command === "config") {
    console.log(showConfig(loaded).trimEnd());
    return 0;
  }
  const { config } = loaded;
  if (command === "health") {
    const { line, exitCode } = await askHealth(config.bind, { fetch });
    (exitCode === 0 ? console.log : console.error)(line);
    return exitCode;
  }
  if (command === "export" || command === "import") {
    // Loaded on demand: what supervises a server does without the relay and its database.
    const { runExport, runImport } = await import("./server/event_transfer.ts");
    if (command === "import") return await runImport(config);
    return await runExport(config, commandFlags.get("after") ?? null);
  }
  if (command === "invite" || command === "handle") {
    const { runAdministration } = await import("./server/administration.ts");
    return await runAdministration(command, { config, line: { words, commandFlags } });
  }
  if (command === "backup" || command === "restore") {
    const { backupCommand } = await import("./server/backup_commands.ts");
    return await backupCommand(config, { command, words, commandFlags });
  }
  if (command === "nats-issuer") {
    const { makeIssuer } = await import("./server/nats/make_issuer.ts");
    return await makeIssuer(config.nats);
  }
  if (command === "doctor") {
    const { runDoctor } = await import("./server/doctor_command.ts");
    return await runDoctor(config);
  }
  if (command === "server") {
    const { runRename } = await import("./server/rename_server.ts");
    return await runRename(config, words[1]!);
  }
  return await serve(config, {
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
  });
}

Deno.exit(await main(Deno.args));
