import { OPTION_NAMES, OPTIONS } from "../config_options.ts";
import {
  COMMAND_FLAG_NAMES,
  COMMAND_FLAGS,
  COMMAND_NAMES,
  COMMANDS,
  flagsOf,
  waysToWrite,
  WITHOUT_SETTINGS,
} from "./commands.ts";

/** A word that may come next, with what it means. */
export interface Offer {
  word: string;
  about: string;
}

/** A flag with a value, and what the value may be: one of some words, a file, a folder, or anything. */
export interface ValueFlag {
  flag: string;
  value: readonly string[] | "file" | "folder" | "any";
}

/** All that the scripts are made from, out of the tables of commands and settings. */
export interface CompletionTable {
  /** What may follow the words that were typed so far, joined by spaces; "" stands for none. */
  words: ReadonlyMap<string, readonly Offer[]>;
  /** The flags that a command has besides the settings, by how it is written. */
  flags: ReadonlyMap<string, readonly Offer[]>;
  /** What was typed so far where a file comes next. */
  beforeFiles: readonly string[];
  settings: readonly Offer[];
  /** Commands that have no settings. */
  withoutSettings: readonly string[];
  valueFlags: readonly ValueFlag[];
  /** Flags without a value. */
  bareFlags: readonly string[];
}

/** The table of this version. */
export function completionTable(): CompletionTable {
  const commands = COMMAND_NAMES.map((word) => ({ word, about: COMMANDS[word] }));
  const words = new Map<string, Offer[]>([["", commands], ["help", commands]]);
  for (const command of COMMAND_NAMES.filter((name) => name !== "help")) {
    const firsts = waysToWrite(command).flatMap((way) => way.split(" ")[1] ?? []);
    const offers = firsts.filter((word) => word !== word.toUpperCase())
      .map((word) => ({ word, about: `${command} ${word}` }));
    if (offers.length > 0) words.set(command, offers);
  }
  const written = COMMAND_NAMES.flatMap(waysToWrite);
  const beforeFiles = written.filter((way) => way.endsWith(" FILE")).map(literalPart);
  const ways = written.map(literalPart);
  const flags = ways.map((way) => [way, flagsOf(way).map(offerOfFlag)] as const);
  const settings = OPTION_NAMES.map((name) => ({ word: `--${name}`, about: OPTIONS[name].help }));
  const values = [
    ...OPTION_NAMES.map((name) => ({ name: name as string, value: OPTIONS[name].value })),
    ...COMMAND_FLAG_NAMES.map((name) => ({ name, value: COMMAND_FLAGS[name].value })),
  ];
  return {
    words,
    flags: new Map(flags.filter(([, own]) => own.length > 0)),
    beforeFiles,
    settings,
    withoutSettings: WITHOUT_SETTINGS,
    valueFlags: values.flatMap(({ name, value }) =>
      value === null ? [] : [{ flag: `--${name}`, value: kindOf(value) }]
    ),
    bareFlags: [
      "--help",
      "--version",
      ...values.filter(({ value }) => value === null)
        .map(({ name }) => `--${name}`),
    ],
  };
}

/** `invite revoke` for `invite revoke ID`. */
function literalPart(way: string): string {
  return way.split(" ").filter((word) => word !== word.toUpperCase()).join(" ");
}

function offerOfFlag(name: (typeof COMMAND_FLAG_NAMES)[number]): Offer {
  return { word: `--${name}`, about: COMMAND_FLAGS[name].help };
}

function kindOf(value: string): ValueFlag["value"] {
  if (value === "FILE") return "file";
  if (value === "FOLDER") return "folder";
  return /^[a-z]+(\|[a-z]+)+$/.test(value) ? value.split("|") : "any";
}
