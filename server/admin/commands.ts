/** The commands of this version, with what each does. */
export const COMMANDS = {
  serve: "runs the server; this is what happens without a command",
  config: "prints the effective configuration, each value with where it came from",
  health: "asks a running server whether it is well; exit code 0 or 1",
  version: "prints the version",
  help: "prints this, or the help of one command: help COMMAND",
} as const;

export type Command = keyof typeof COMMANDS;

export function isCommand(name: string): name is Command {
  return Object.hasOwn(COMMANDS, name);
}

/** Commands that a later version has: their names are taken, and using them is an error that says so. */
export const LATER_COMMANDS: readonly string[] = [
  "doctor",
  "backup",
  "restore",
  "export",
  "import",
  "handle",
  "invite",
  "completions",
  "server",
];
