import { environmentName, OPTION_NAMES, OPTIONS } from "../config_options.ts";
import {
  type Command,
  COMMAND_FLAG_NAMES,
  COMMAND_FLAGS,
  type CommandFlagName,
  COMMANDS,
} from "./commands.ts";

const NAMES = Object.keys(COMMANDS) as Command[];

/** Commands that the settings are for. */
const CONFIGURED: readonly Command[] = ["serve", "config", "health", "export", "import"];

const NOTES: Partial<Record<Command, string>> = {
  serve: "SIGTERM or SIGINT lets requests in flight end, then the server ends; a second signal\n" +
    "at least one second later ends it at once.",
  config: "Exit code 1 where something is wrong, with every fault.",
  health: "Asks http://<bind>/v1/healthz. Give it the settings that the server runs with.",
  export:
    "Works beside a running server too. The last line of the error output says how many events were\n" +
    "printed, and the SHA-256 of what was.",
  import:
    "The server has to be stopped meanwhile; give it the settings that the server runs with. Ids and\n" +
    "signatures are verified: what is wrong is told with the number of its line, and the rest goes in.\n" +
    "Run again over the same input, it skips what is here. Exit code 1 where anything was refused.",
};

/** The help of everything, or of one command. */
export function helpText(topic: Command | null): string {
  return topic === null ? overview() : commandHelp(topic);
}

function overview(): string {
  const commands = NAMES.map((name) => `  ${name.padEnd(9)}${COMMANDS[name]}`).join("\n");
  return `kez-chat: a private messenger for people who run their own server.

Usage: kez-chat [COMMAND] [--SETTING VALUE]...

Commands:
${commands}

${settings()}`;
}

function commandHelp(command: Command): string {
  const hasSettings = CONFIGURED.includes(command);
  const own = COMMAND_FLAG_NAMES.filter((name) => COMMAND_FLAGS[name].command === command);
  const usage = [
    `Usage: kez-chat ${command}`,
    ...(command === "help" ? ["[COMMAND]"] : []),
    ...own.map((name) => `[--${name} ${COMMAND_FLAGS[name].value}]`),
    ...(hasSettings ? ["[--SETTING VALUE]..."] : []),
  ].join(" ");
  const note = NOTES[command];
  return [
    `${usage}\n\n${command} ${COMMANDS[command]}.\n`,
    note === undefined ? "" : `${note}\n`,
    own.map(commandFlagHelp).join(""),
    hasSettings ? settings() : "",
  ].filter((part) => part !== "").join("\n");
}

function commandFlagHelp(name: CommandFlagName): string {
  const { value, help } = COMMAND_FLAGS[name];
  return `  --${name} ${value}\n      ${help}\n`;
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
