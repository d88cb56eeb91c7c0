/** The commands of this version, with what each does. */
export const COMMANDS = {
  serve: "runs the server; this is what happens without a command",
  config: "prints the effective configuration, each value with where it came from",
  health: "asks a running server whether it is well; exit code 0 or 1",
  export: "prints the relay's events, one a line, oldest stored first",
  import: "takes events into the relay from standard input, one a line",
  version: "prints the version",
  help: "prints this, or the help of one command: help COMMAND",
} as const;

export type Command = keyof typeof COMMANDS;

export function isCommand(name: string): name is Command {
  return Object.hasOwn(COMMANDS, name);
}

/** A flag that one command alone has; it takes a value, and stands neither in the environment nor in the file. */
interface CommandFlag {
  command: Command;
  /** What stands for the value in the help. */
  value: string;
  help: string;
}

export const COMMAND_FLAGS = {
  after: {
    command: "export",
    value: "ID",
    help:
      "begins behind the event with this id: the last whole line of an export that was cut short",
  },
} as const satisfies Record<string, CommandFlag>;

export type CommandFlagName = keyof typeof COMMAND_FLAGS;

export const COMMAND_FLAG_NAMES = Object.keys(COMMAND_FLAGS) as CommandFlagName[];

export function isCommandFlag(name: string): name is CommandFlagName {
  return Object.hasOwn(COMMAND_FLAGS, name);
}

/** Commands that a later version has: their names are taken, and using them is an error that says so. */
export const LATER_COMMANDS: readonly string[] = [
  "doctor",
  "backup",
  "restore",
  "handle",
  "invite",
  "completions",
  "server",
];
