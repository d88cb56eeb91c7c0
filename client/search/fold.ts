/** A text in which search looks, and where in the original each of its characters came from. */
interface FoldedText {
  folded: string;
  /** For each character of `folded` the index of its origin, and at the end the original's length. */
  origins: number[];
}

const PLAIN = /^[\x20-\x7e\s]*$/;
const MARKS = /\p{M}/gu;

/** A text as search compares it: `Café` and `CAFE` are one. */
export function fold(text: string): string {
  if (PLAIN.test(text)) return text.toLowerCase();
  let folded = "";
  // One by one, as in `foldWithOrigins`: a letter must not depend on its neighbours.
  for (const character of text) folded += foldCharacter(character);
  return folded;
}

/** The words of a search; every one of them has to be in a text. At most eight. */
export function searchWords(search: string): string[] {
  const words = fold(search.slice(0, 200)).split(/\s+/).filter((word) => word !== "");
  return [...new Set(words)].slice(0, 8);
}

/** Where the words are in a text: pairs of begin and end, in order, that do not touch. */
export function findMarks(text: string, words: readonly string[]): [number, number][] {
  const { folded, origins } = foldWithOrigins(text);
  const found: [number, number][] = [];
  for (const word of words) {
    for (let at = folded.indexOf(word); at >= 0; at = folded.indexOf(word, at + word.length)) {
      found.push([origins[at]!, origins[at + word.length]!]);
    }
  }
  found.sort((a, b) => a[0] - b[0]);
  const marks: [number, number][] = [];
  for (const [start, end] of found) {
    const last = marks.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else marks.push([start, end]);
  }
  return marks;
}

function foldWithOrigins(text: string): FoldedText {
  let folded = "";
  const origins: number[] = [];
  let origin = 0;
  for (const character of text) {
    const plain = foldCharacter(character);
    for (let index = 0; index < plain.length; index++) origins.push(origin);
    folded += plain;
    origin += character.length;
  }
  origins.push(text.length);
  return { folded, origins };
}

function foldCharacter(character: string): string {
  return character.normalize("NFKD").replace(MARKS, "").toLowerCase();
}
