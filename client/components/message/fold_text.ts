/** Longer texts are folded; what is folded keeps less than this, so that unfolding is worth a press. */
const MAX_CHARS = 1_600;
const MAX_LINES = 40;
const FOLDED_CHARS = 1_000;
const FOLDED_LINES = 20;

/** The beginning of a long text, ending between words where there are any; null where all of it is shown. */
export function foldText(text: string): string | null {
  if (text.length <= MAX_CHARS && countLines(text) <= MAX_LINES) return null;
  const lines = text.split("\n", FOLDED_LINES).join("\n");
  if (lines.length <= FOLDED_CHARS) return `${lines.trimEnd()}…`;
  const cut = lines.slice(0, FOLDED_CHARS);
  const lastSpace = cut.search(/\s\S*$/u);
  const words = lastSpace > FOLDED_CHARS / 2 ? cut.slice(0, lastSpace) : cut;
  // A cut between the halves of a character would show a broken one.
  return `${words.toWellFormed().replace(/\ufffd$/u, "").trimEnd()}…`;
}

function countLines(text: string): number {
  let count = 1;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count++;
  return count;
}
