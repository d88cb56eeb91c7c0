import { environmentName, OPTION_NAMES, OPTIONS } from "../config_options.ts";
import {
  type Command,
  COMMAND_FLAG_NAMES,
  COMMAND_FLAGS,
  COMMAND_NAMES,
  type CommandFlagName,
  COMMANDS,
  flagsOf,
  isWithoutSettings,
  waysToWrite,
} from "./commands.ts";

/** Whose help lists the settings, because they are what the command is about. */
const ABOUT_SETTINGS: readonly Command[] = ["serve", "config"];

/** How a command is written with its flags, where not each way takes all of them. */
const WRITTEN: Partial<Record<Command, readonly string[]>> = {
  backup: ["backup FILE [--keep N]", "backup --verify FILE"],
};

const SETTINGS_OF_THE_SERVER =
  "The settings are those that the server runs with, as flags, variables or in the\n" +
  "file of --config; kez-chat help lists them.\n";

/** What else is to be known of a command: paragraphs, and lines to be typed as they are. */
const NOTES: Partial<Record<Command, readonly string[]>> = {
  invite: [
    "Works beside a running server as well as without one. An invite is shown once, when it is made.",
    "revoke takes the ID of the list, or the code itself.",
  ],
  handle: [
    "Works beside a running server as well as without one.",
    "reserve keeps a name back that nobody has. release lets such a name go; a name that somebody has it takes away as if that person had deleted the account: mail and files go within the hour.",
  ],
  completions: [
    "bash  kez-chat completions bash > /etc/bash_completion.d/kez-chat",
    "zsh   kez-chat completions zsh > a folder of $fpath, as _kez-chat",
    "fish  kez-chat completions fish > ~/.config/fish/completions/kez-chat.fish",
    "For one shell, until it ends: source <(kez-chat completions bash)",
  ],
  "nats-issuer": [
    "The seed goes into the file of --nats-issuer-seed-file, for its owner alone; what is there stays, and its public keys are printed again. Keep them in the file that nats.conf includes:",
    "kez-chat nats-issuer --nats-issuer-seed-file nats.seed > kez-chat-keys.conf",
  ],
  serve: [
    "SIGTERM or SIGINT lets requests in flight end, then the server ends; a second signal at least one second later ends it at once.",
  ],
  config: ["Exit code 1 where something is wrong, with every fault."],
  health: ["Asks http://<bind>/v1/healthz."],
  doctor: ["Exit code 1 where something is bad."],
  export: [
    "Works beside a running server too. The last line of the error output says how many events were printed, and the SHA-256 of what was.",
  ],
  import: [
    "The server has to be stopped meanwhile. Ids and signatures are verified: what is wrong is told with the number of its line, and the rest goes in. Run again over the same input, it skips what is here. Exit code 1 where anything was refused.",
  ],
  backup: [
    "FILE is a name that is still free, or a folder, in which the backup gets a name with server and time. Exit code 1 where something is wrong. The timer's way is:",
    "kez-chat backup /var/backups/kez-chat --keep 14",
  ],
  server: [
    "The server has to be stopped meanwhile. People's apps sign their registrations anew for the new name.",
  ],
  restore: [
    "The server has to be stopped meanwhile. The backup is read to its end before anything is changed.",
  ],
};

/** What explains a flag stands below it. */
const INDENT = " ".repeat(6);
/** As wide as a terminal is that nobody has made wider. */
const WIDTH = 80;

/** Text in lines that fit a terminal, all but the first below an indent; a word that is longer stands alone. */
function folded(text: string, indent = ""): string {
  const lines: string[] = [];
  for (const [i, word] of text.split(" ").entries()) {
    const longer = `${lines.at(-1)} ${word}`;
    if (i > 0 && indent.length + longer.length <= WIDTH) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.join(`\n${indent}`);
}

/** The help of everything, or of one command. */
export function helpText(topic: Command | null): string {
  return topic === null ? overview() : commandHelp(topic);
}

function overview(): string {
  const commands = COMMAND_NAMES.map((name) =>
    `  ${name.padEnd(13)}${folded(COMMANDS[name], " ".repeat(15))}`
  ).join("\n");
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
  const notes = NOTES[command] ?? [];
  return [
    `Usage: ${usage}\n\n${folded(`${command} ${COMMANDS[command]}.`)}\n`,
    notes.map((note) => `${folded(note)}\n`).join(""),
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
  return `  ${writtenFlag(name)}\n${INDENT}${folded(COMMAND_FLAGS[name].help, INDENT)}\n`;
}

function settings(): string {
  const lines = OPTION_NAMES.map((name) => {
    const { value, help } = OPTIONS[name];
    return `  --${name} ${value}\n${INDENT}${folded(help, INDENT)}`;
  });
  return `Settings, with their defaults:
${lines.join("\n")}

${
    folded(
      `Each setting is also a variable of the environment, as ${
        environmentName("relay-bind")
      } for --relay-bind, and a key of the file of --config, as {"relay-bind": "127.0.0.1:6970"}. ` +
        "A flag counts before a variable, a variable before the file.",
    )
  }
`;
}
