import { parseArgs } from "node:util";
import { type Fault, resolveOption } from "../config_faults.ts";
import { nearestName } from "../config_nearest_name.ts";
import { isOptionName, OPTION_NAMES, type OptionName } from "../config_options.ts";
import {
  type Command,
  COMMAND_FLAG_NAMES,
  COMMAND_FLAGS,
  type CommandFlagName,
  COMMANDS,
  flagsOf,
  isCommand,
  isCommandFlag,
} from "./commands.ts";
import { wordFaults } from "./command_words.ts";

export interface CommandLine {
  command: Command;
  /** The command that help is asked about; null for all of it. */
  helpTopic: Command | null;
  /** What stands behind the command, in one of the ways that it may be written. */
  words: string[];
  /** Settings given as flags, as they were written; the last one wins. */
  flags: Map<OptionName, string>;
  /** The flags that only this command has; the last one wins. */
  commandFlags: Map<CommandFlagName, string>;
  /** Everything that is wrong with the names and the shape; values are looked at with the configuration. */
  faults: Fault[];
}

type FoundFlags = Pick<CommandLine, "flags" | "commandFlags" | "faults">;
type Tokens = NonNullable<ReturnType<typeof parseArgs>["tokens"]>;
type OptionToken = Extract<Tokens[number], { kind: "option" }>;

/** `--help` and `--version`, as many expect them. */
const WORD_FLAGS = {
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "V" },
} as const;

const FLAG_NAMES = [...OPTION_NAMES, ...COMMAND_FLAG_NAMES];
const EVERY_FLAG = [...FLAG_NAMES, ...Object.keys(WORD_FLAGS)];

const hasNoValue = (name: string) => isCommandFlag(name) && COMMAND_FLAGS[name].value === null;

const VALUE_FLAGS = Object.fromEntries(
  FLAG_NAMES.filter((name) => !hasNoValue(name)).map((name) => [name, { type: "string" } as const]),
);
const BARE_FLAGS = Object.fromEntries(
  FLAG_NAMES.filter(hasNoValue).map((name) => [name, { type: "boolean" } as const]),
);

/** Reads the arguments: `[COMMAND] [--flag value | --flag=value]…`, in any order. (Specification page 8) */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const faults: Fault[] = [];
  const { tokens } = parseArgs({
    args: dropFlagsWithoutValue(args, faults),
    options: { ...VALUE_FLAGS, ...BARE_FLAGS, ...WORD_FLAGS },
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const found: FoundFlags = { flags: new Map(), commandFlags: new Map(), faults };
  const words: string[] = [];
  let wordCommand: Command | null = null;
  for (const [i, token] of tokens.entries()) {
    if (token.kind === "positional") {
      if (!isValueOfUnknownFlag(tokens, i)) words.push(token.value);
    } else if (token.kind === "option") {
      if (token.name === "help" || token.name === "version") wordCommand ??= token.name;
      else readFlag(token, found);
    }
  }
  // Help wants no other argument than the name of a command: `backup --help` is not about a file.
  if (wordCommand !== null) {
    const topic = words[0] !== undefined && isCommand(words[0]) ? words[0] : null;
    const nothing = { words: [], flags: new Map(), commandFlags: new Map(), faults: [] };
    return { command: wordCommand, helpTopic: topic, ...nothing };
  }
  const [name = "serve", ...rest] = words;
  const command = readCommand(name, faults);
  if (command === null) return { command: "serve", helpTopic: null, words: [], ...found };
  // The words of a command have no help of their own: `help invite create` tells of `invite`.
  faults.push(...wordFaults(command, command === "help" ? rest.slice(0, 1) : rest));
  refuseForeignFlags([command, ...rest].join(" "), found);
  const isAboutCommand = command === "help" && rest[0] !== undefined;
  const helpTopic = isAboutCommand ? readCommand(rest[0]!, faults) : null;
  return { command, helpTopic, words: rest, ...found };
}

/** In `--bind --data x` the parser would take `--data` as the value of `--bind`, and `x` as a command. */
function dropFlagsWithoutValue(args: readonly string[], faults: Fault[]): string[] {
  return args.filter((arg, i) => {
    const isValueFlag = arg.startsWith("--") && Object.hasOwn(VALUE_FLAGS, arg.slice(2));
    const hasValue = args[i + 1]?.startsWith("-") === false;
    if (isValueFlag && !hasValue) faults.push({ where: arg, message: "needs a value behind it" });
    return !isValueFlag || hasValue;
  });
}

function readFlag(
  { name, rawName, value }: OptionToken,
  { flags, commandFlags, faults }: FoundFlags,
): void {
  if (isCommandFlag(name)) return void commandFlags.set(name, value ?? "");
  const where = rawName;
  if (!where.startsWith("--")) {
    return void faults.push({ where, message: "there is no such setting; flags begin with --" });
  }
  const resolved = resolveOption(name, { where, spell: (known) => `--${known}` });
  if ("fault" in resolved) faults.push(nearestOtherFlag(name, where) ?? resolved.fault);
  else if (value !== undefined) flags.set(resolved.option, value);
}

/** What is most like a flag that is no setting is told as one, unless a setting is called more like it. */
function nearestOtherFlag(name: string, where: string): Fault | null {
  const nearest = nearestName(name, EVERY_FLAG);
  if (nearest === null || isOptionName(nearest)) return null;
  const of = isCommandFlag(nearest) ? `, of ${COMMAND_FLAGS[nearest].command}` : "";
  return { where, message: `there is no such flag; did you mean --${nearest}${of}?` };
}

function refuseForeignFlags(written: string, { commandFlags, faults }: FoundFlags): void {
  const own = flagsOf(written);
  for (const name of commandFlags.keys()) {
    if (own.includes(name)) continue;
    const message = `${written} has no such flag; ${COMMAND_FLAGS[name].command} has`;
    faults.push({ where: `--${name}`, message });
  }
}

/** `--colour red`: what follows a flag that nobody knows is its value, not a command. */
function isValueOfUnknownFlag(tokens: Tokens, index: number): boolean {
  const previous = tokens[index - 1];
  const token = tokens[index]!;
  return previous?.kind === "option" && previous.value === undefined &&
    !Object.hasOwn({ ...VALUE_FLAGS, ...BARE_FLAGS, ...WORD_FLAGS }, previous.name) &&
    token.kind === "positional" && !isCommand(token.value);
}

function readCommand(name: string, faults: Fault[]): Command | null {
  if (isCommand(name)) return name;
  const nearest = nearestName(name, Object.keys(COMMANDS));
  const hint = nearest ? `did you mean ${nearest}?` : "kez-chat help lists them";
  faults.push({ where: name, message: `there is no such command; ${hint}` });
  return null;
}
