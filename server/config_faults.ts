import { nearestName } from "./config_nearest_name.ts";
import { environmentName, isOptionName, OPTION_NAMES, type OptionName } from "./config_options.ts";

/** Something in the command line, the environment or the file that has to be put right. */
export interface Fault {
  /** Where it stands, as the operator wrote it: `--bind`, `KEZ_CHAT_BIND`, `bind in /etc/kez-chat.json`. */
  where: string;
  message: string;
}

/** `where: message`, for one line of the error output. */
export function faultText({ where, message }: Fault): string {
  return `${where}: ${message}`;
}

/**
 * The setting that goes by `name`, or what is wrong with the name. `spell` writes a setting's name as
 * the place spells it: with dashes in front, or in capitals.
 */
export function resolveOption(
  name: string,
  { where, spell }: { where: string; spell: (name: string) => string },
): { option: OptionName } | { fault: Fault } {
  if (isOptionName(name)) return { option: name };
  const nearest = nearestName(name, OPTION_NAMES);
  const hint = nearest ? `; did you mean ${spell(nearest)}?` : "";
  return { fault: { where, message: `there is no such setting${hint}` } };
}

/** The same for a variable of the environment. Only names that begin with `KEZ_CHAT_` are looked at. */
export function resolveVariable(variable: string): { option: OptionName } | { fault: Fault } {
  const name = variable.slice("KEZ_CHAT_".length).toLowerCase().replaceAll("_", "-");
  return resolveOption(name, { where: variable, spell: environmentName });
}
