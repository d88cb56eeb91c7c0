import { environmentName, OPTION_NAMES, OPTIONS } from "../config_options.ts";
import { type Command, COMMANDS } from "./commands.ts";

const NAMES = Object.keys(COMMANDS) as Command[];

/** Commands that the settings are for. */
const CONFIGURED: readonly Command[] = ["serve", "config", "health"];

const NOTES: Partial<Record<Command, string>> = {
  serve: "SIGTERM or SIGINT lets requests in flight end, then the server ends; a second signal\n" +
    "at least one second later ends it at once.",
  config: "Exit code 1 where something is wrong, with every fault.",
  health: "Asks http://<bind>/v1/healthz. Give it the settings that the server runs with.",
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
  const arguments_ = command === "help" ? " [COMMAND]" : hasSettings ? " [--SETTING VALUE]..." : "";
  const note = NOTES[command];
  return [
    `Usage: kez-chat ${command}${arguments_}\n\n${command} ${COMMANDS[command]}.\n`,
    note === undefined ? "" : `${note}\n`,
    hasSettings ? settings() : "",
  ].filter((part) => part !== "").join("\n");
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
