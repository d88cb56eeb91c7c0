/** The commands of this version, with what each does. */
export const COMMANDS = {
  serve: "runs the server; this is what happens without a command",
  config: "prints the effective configuration, each value with where it came from",
  health: "asks a running server whether it is well; exit code 0 or 1",
  doctor:
    "looks at the server from its own machine, by its public name; a verdict a line, with its cure",
  export: "prints the relay's events, one a line, oldest stored first",
  import: "takes events into the relay from standard input, one a line",
  invite: "makes, lists or ends the invites by which a server lets people in",
  handle: "lists and shows handles, keeps them back, takes them away",
  backup: "writes everything that the server keeps into one file, beside a running server too",
  restore: "puts a backup in the place of everything that a stopped server keeps",
  server: "gives a stopped server another public name",
  completions: "prints what makes a shell complete commands and settings",
  "nats-issuer": "makes the key that lets clients into NATS, and prints what nats.conf includes",
  version: "prints the version",
  help: "prints this, or the help of one command: help COMMAND",
} as const;

export type Command = keyof typeof COMMANDS;

export const COMMAND_NAMES = Object.keys(COMMANDS) as Command[];

export function isCommand(name: string): name is Command {
  return Object.hasOwn(COMMANDS, name);
}

/**
 * What may stand behind a command: words in small letters as they are, those in capitals for a value. A command that is
 * not here stands alone.
 */
const COMMAND_WORDS: Partial<Record<Command, readonly string[]>> = {
  invite: ["create", "list", "revoke ID"],
  handle: ["list", "show NAME", "reserve NAME", "release NAME"],
  backup: ["", "FILE"],
  restore: ["FILE"],
  server: ["rename NAME"],
  completions: ["bash", "zsh", "fish"],
  help: ["", "COMMAND"],
};

/** The ways in which a command may be written, without flags. */
export function waysToWrite(command: Command): string[] {
  return (COMMAND_WORDS[command] ?? [""]).map((words) => `${command} ${words}`.trimEnd());
}

/** Commands that the settings are nothing to. */
export const WITHOUT_SETTINGS = ["completions", "version", "help"] as const satisfies Command[];

/** A command that does something by the settings of the server. */
export type CommandWithSettings = Exclude<Command, typeof WITHOUT_SETTINGS[number]>;

/** True for those of {@link WITHOUT_SETTINGS}. */
export function isWithoutSettings(
  command: Command,
): command is Exclude<Command, CommandWithSettings> {
  return (WITHOUT_SETTINGS as readonly Command[]).includes(command);
}

/** A flag that some commands alone have; it stands neither in the environment nor in the file. */
interface CommandFlag {
  /** The command, with its word where the flag is that one's alone: `export`, `invite create`. */
  command: string;
  /** What stands for the value in the help; null: the flag has none. */
  value: string | null;
  help: string;
}

const FLAGS = {
  after: {
    command: "export",
    value: "ID",
    help:
      "begins behind the event with this id: the last whole line of an export that was cut short",
  },
  verify: {
    command: "backup",
    value: "FILE",
    help: "reads this backup to its end and says whether it is whole; makes none",
  },
  keep: {
    command: "backup",
    value: "N",
    help: "removes all but the newest N of those that got their names in this folder",
  },
  force: {
    command: "restore",
    value: null,
    help: "replaces what is there",
  },
  uses: { command: "invite create", value: "N", help: "how many people it lets in (1)" },
  expires: {
    command: "invite create",
    value: "TIME",
    help: "how long it holds, like 12h or 30d (30d)",
  },
  from: {
    command: "invite create",
    value: "HANDLE",
    help: "who invites: the link leads to a chat with this person as well",
  },
} as const satisfies Record<string, CommandFlag>;

export type CommandFlagName = keyof typeof FLAGS;

export const COMMAND_FLAGS: Readonly<Record<CommandFlagName, CommandFlag>> = FLAGS;

export const COMMAND_FLAG_NAMES = Object.keys(COMMAND_FLAGS) as CommandFlagName[];

/** The flags of a command, as far as it is written. */
export function flagsOf(written: string): CommandFlagName[] {
  return COMMAND_FLAG_NAMES.filter((name) =>
    `${written} `.startsWith(`${COMMAND_FLAGS[name].command} `)
  );
}

export function isCommandFlag(name: string): name is CommandFlagName {
  return Object.hasOwn(COMMAND_FLAGS, name);
}
