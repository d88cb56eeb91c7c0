import { findMarks } from "./fold.ts";

/** A part of a message in one line, and where the words that were searched for are in it. */
export interface Snippet {
  text: string;
  /** Pairs of begin and end, in order. */
  marks: [number, number][];
}

const BEFORE_CHARS = 32;
const MAX_CHARS = 160;

/** The part of a text around the first of the words. */
export function snippetOf(text: string, words: readonly string[]): Snippet {
  const line = text.replace(/\s+/g, " ").trim();
  const first = findMarks(line, words)[0]?.[0] ?? 0;
  const start = first <= BEFORE_CHARS ? 0 : wordStart(line, first - BEFORE_CHARS);
  const part = line.slice(start, start + MAX_CHARS).toWellFormed();
  const shown = (start > 0 ? "…" : "") + part + (start + MAX_CHARS < line.length ? "…" : "");
  return { text: shown, marks: findMarks(shown, words) };
}

/** The begin of the first word that begins at or after a place, if one does soon. */
function wordStart(line: string, at: number): number {
  const space = line.indexOf(" ", at);
  return space >= 0 && space < at + BEFORE_CHARS / 2 ? space + 1 : at;
}
