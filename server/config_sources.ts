import { type Fault, resolveOption, resolveVariable } from "./config_faults.ts";
import { environmentName, type OptionName } from "./config_options.ts";
import { errorText } from "./log.ts";

/** A setting as the operator wrote it. */
export interface Given {
  text: string;
  /** As in a Fault. */
  where: string;
  /** For people: `flag --bind`, `environment KEZ_CHAT_BIND`, `file /etc/kez-chat.json`. */
  origin: string;
}

/** What one place gives, and what is wrong there. */
export interface Source {
  given: Map<OptionName, Given>;
  faults: Fault[];
}

/** The settings among the flags; the command line's parser has already refused unknown ones. */
export function readFlags(flags: ReadonlyMap<OptionName, string>): Source {
  const given = new Map<OptionName, Given>();
  for (const [name, text] of flags) {
    given.set(name, { text, where: `--${name}`, origin: `flag --${name}` });
  }
  return { given, faults: [] };
}

/** Kubernetes puts these into the environment by itself where a service is called kez-chat. */
const SERVICE_LINK = /^KEZ_CHAT_(?:SERVICE_(?:HOST|PORT)|PORT)(?:_|$)/;

/** The settings among the variables that begin with `KEZ_CHAT_`. An empty one counts as unset. */
export function readEnvironment(variables: Readonly<Record<string, string>>): Source {
  const given = new Map<OptionName, Given>();
  const faults: Fault[] = [];
  for (const [variable, text] of Object.entries(variables)) {
    if (!variable.startsWith("KEZ_CHAT_") || SERVICE_LINK.test(variable) || text === "") continue;
    const resolved = resolveVariable(variable);
    if ("fault" in resolved) faults.push(resolved.fault);
    else {
      const name = environmentName(resolved.option);
      given.set(resolved.option, { text, where: name, origin: `environment ${name}` });
    }
  }
  return { given, faults };
}

/** The settings of a JSON file: an object of strings, or of lists of strings where a value is a list. */
export function readFile(path: string, read: (path: string) => string): Source {
  let members: unknown;
  try {
    members = JSON.parse(read(path));
  } catch (error) {
    return { given: new Map(), faults: [{ where: path, message: unreadable(error) }] };
  }
  if (typeof members !== "object" || members === null || Array.isArray(members)) {
    return {
      given: new Map(),
      faults: [{ where: path, message: 'is not a JSON object like {"server": "kez.lat"}' }],
    };
  }
  return readMembers(path, members);
}

function unreadable(error: unknown): string {
  if (error instanceof SyntaxError) return `is not JSON: ${error.message}`;
  return error instanceof Error && error.name === "NotFound"
    ? "there is no such file"
    : `cannot be read: ${errorText(error)}`;
}

function readMembers(path: string, members: object): Source {
  const given = new Map<OptionName, Given>();
  const faults: Fault[] = [];
  for (const [name, value] of Object.entries(members)) {
    const where = `${JSON.stringify(name)} in ${path}`;
    const resolved = resolveOption(name, { where, spell: (known) => JSON.stringify(known) });
    const text = memberText(value);
    if ("fault" in resolved) faults.push(resolved.fault);
    else if (resolved.option === "config") {
      faults.push({ where, message: "a file cannot name another one" });
    } else if (text === null) {
      faults.push({ where, message: 'the value has to be text in quotes, like "30d"' });
    } else given.set(resolved.option, { text, where, origin: `file ${path}` });
  }
  return { given, faults };
}

function memberText(value: unknown): string | null {
  if (typeof value === "string") return value;
  const isList = Array.isArray(value) && value.every((item) => typeof item === "string");
  return isList ? value.join(",") || "none" : null;
}
