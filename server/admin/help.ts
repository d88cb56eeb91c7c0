import { environmentName, OPTION_NAMES, OPTIONS } from "../config_options.ts";
import {
  type Command,
  COMMAND_FLAG_NAMES,
  COMMAND_FLAGS,
  type CommandFlagName,
  COMMANDS,
  flagsOf,
  isWithoutSettings,
  waysToWrite,
} from "./commands.ts";

const NAMES = Object.keys(COMMANDS) as Command[];

/** Whose help lists the settings, because they are what the command is about. */
const ABOUT_SETTINGS: readonly Command[] = ["serve", "config"];

/** How a command is written with its flags, where not each way takes all of them. */
const WRITTEN: Partial<Record<Command, readonly string[]>> = {
  backup: ["backup FILE [--keep N]", "backup --verify FILE"],
};

const SETTINGS_OF_THE_SERVER =
  "The settings are those that the server runs with, as flags, variables or --config FILE;\n" +
  "kez-chat help lists them.\n";

const NOTES: Partial<Record<Command, string>> = {
  invite:
    "Works beside a running server as well as without one. An invite is shown once, when it is made.\n" +
    "revoke takes the ID of the list, or the code itself.",
  handle: "Works beside a running server as well as without one.\n" +
    "reserve keeps a name back that nobody has. release lets such a name go; a name that somebody has it takes\n" +
    "away as if that person had deleted the account: mail and files go within the hour.",
  completions: "For bash: kez-chat completions bash > /etc/bash_completion.d/kez-chat\n" +
    "For zsh: kez-chat completions zsh > a folder of $fpath, as _kez-chat\n" +
    "For fish: kez-chat completions fish > ~/.config/fish/completions/kez-chat.fish",
  "nats-issuer":
    "The seed goes into the file of --nats-issuer-seed-file, for its owner alone; what is there stays,\n" +
    "and its public keys are printed again. Keep them in the file that nats.conf includes:\n" +
    "kez-chat nats-issuer --nats-issuer-seed-file nats.seed > kez-chat-keys.conf",
  serve: "SIGTERM or SIGINT lets requests in flight end, then the server ends; a second signal\n" +
    "at least one second later ends it at once.",
  config: "Exit code 1 where something is wrong, with every fault.",
  health: "Asks http://<bind>/v1/healthz.",
  doctor: "Exit code 1 where something is bad.",
  export:
    "Works beside a running server too. The last line of the error output says how many events were\n" +
    "printed, and the SHA-256 of what was.",
  import:
    "The server has to be stopped meanwhile. Ids and signatures are verified: what is wrong is told with the\n" +
    "number of its line, and the rest goes in. Run again over the same input, it skips what is here. Exit\n" +
    "code 1 where anything was refused.",
  backup:
    "FILE is a name that is still free, or a folder, in which the backup gets a name with server and time;\n" +
    "the timer's way is: kez-chat backup /var/backups/kez-chat --keep 14. Exit code 1 where something is wrong.",
  server:
    "The server has to be stopped meanwhile. People's apps sign their registrations anew for the new name.",
  restore:
    "The server has to be stopped meanwhile. The backup is read to its end before anything is changed.",
};

/** The help of everything, or of one command. */
export function helpText(topic: Command | null): string {
  return topic === null ? overview() : commandHelp(topic);
}

function overview(): string {
  const commands = NAMES.map((name) => `  ${name.padEnd(13)}${COMMANDS[name]}`).join("\n");
  return `kez-chat: a private messenger for people who run their own server.

Usage: kez-chat [COMMAND] [--SETTING VALUE]...

Commands:
${commands}

${settings()}`;
}

function commandHelp(command: Command): string {
  const hasSettings = !isWithoutSettings(command);
  const own = COMMAND_FLAG_NAMES.filter((name) =>
    COMMAND_FLAGS[name].command.split(" ")[0] === command
  );
  const ways = WRITTEN[command] ?? waysToWrite(command).map(withFlags);
  const usage = ways.map((way) => usageLine(way, hasSettings)).join("\n       ");
  const note = NOTES[command];
  return [
    `Usage: ${usage}\n\n${command} ${COMMANDS[command]}.\n`,
    note === undefined ? "" : `${note}\n`,
    own.map(commandFlagHelp).join(""),
    hasSettings ? (ABOUT_SETTINGS.includes(command) ? settings() : SETTINGS_OF_THE_SERVER) : "",
  ].filter((part) => part !== "").join("\n");
}

function withFlags(way: string): string {
  return [way, ...flagsOf(way).map((name) => `[${writtenFlag(name)}]`)].join(" ");
}

function usageLine(way: string, hasSettings: boolean): string {
  return `kez-chat ${way}${hasSettings ? " [--SETTING VALUE]..." : ""}`;
}

function writtenFlag(name: CommandFlagName): string {
  const { value } = COMMAND_FLAGS[name];
  return value === null ? `--${name}` : `--${name} ${value}`;
}

function commandFlagHelp(name: CommandFlagName): string {
  return `  ${writtenFlag(name)}\n      ${COMMAND_FLAGS[name].help}\n`;
}

function settings(): string {
  const lines = OPTION_NAMES.map((name) => {
    const { value, help } = OPTIONS[name];
    return `  --${name} ${value}\n      ${help}`;
  });
  return `Settings, with their defaults:
${lines.join("\n")}

Each setting is also a variable of the environment, as ${
    environmentName("relay-bind")
  } for --relay-bind, and a key
of the file of --config, as {"relay-bind": "127.0.0.1:6970"}. A flag counts before a variable, a variable before the file.
`;
}
