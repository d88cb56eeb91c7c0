import type { Fault } from "../config_faults.ts";
import { nearestName } from "../config_nearest_name.ts";
import { type Command, waysToWrite } from "./commands.ts";

/** True for a word that stands for a value: `ID`, `NAME`. */
function isValue(word: string): boolean {
  return word === word.toUpperCase();
}

/** What is wrong with the words behind a command; at most one fault, for the rest follows from it. */
export function wordFaults(command: Command, words: readonly string[]): Fault[] {
  let ways = waysToWrite(command).map((way) => way.split(" "));
  for (const [i, word] of words.entries()) {
    const fitting = ways.filter((way) => {
      const wanted = way[i + 1];
      return wanted !== undefined && (isValue(wanted) || wanted === word);
    });
    if (fitting.length === 0) return [strange(word, { ways, at: i + 1 })];
    ways = fitting;
  }
  const length = words.length + 1;
  if (ways.some((way) => way.length === length)) return [];
  const missing = ways.map((way) => way.slice(length).join(" "));
  const where = [command, ...words].join(" ");
  return [{ where, message: `needs ${listed(missing)} behind it` }];
}

function strange(word: string, { ways, at }: { ways: string[][]; at: number }): Fault {
  const written = ways[0]!.slice(0, at).filter((one, i) => i === 0 || !isValue(one)).join(" ");
  const known = ways.flatMap((way) => way[at] ?? []);
  if (known.length === 0) return { where: word, message: `${written} takes no such argument` };
  const nearest = nearestName(word, known);
  const hint = nearest ? `did you mean ${nearest}?` : `it has ${listed(known)}`;
  return { where: word, message: `${written} has no such word; ${hint}` };
}

function listed(words: readonly string[]): string {
  const unique = [...new Set(words)];
  return unique.length < 2
    ? unique.join("")
    : `${unique.slice(0, -1).join(", ")} or ${unique.at(-1)}`;
}
