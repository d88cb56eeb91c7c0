import { BLANKS, UNSEEN } from "../../unseen_text.ts";

/** Longest name of a person, in characters. */
export const MAX_NAME_CHARACTERS = 64;

/** A name in one line and of bounded length, whoever wrote it; null where nothing of it is seen. */
export function cleanName(text: string): string | null {
  const line = text.slice(0, 10 * MAX_NAME_CHARACTERS).toWellFormed()
    .replace(UNSEEN, " ").replace(BLANKS, " ").trim();
  const name = [...line].slice(0, MAX_NAME_CHARACTERS).join("").trim();
  return /[^\u200c\u200d\ufe0f ]/u.test(name) ? name : null;
}
