/** Longest name of a person, in characters. */
export const MAX_NAME_CHARACTERS = 64;

/** What is not seen, but for what joins and parts the letters of some scripts, and of emoji. */
export const UNSEEN =
  /(?![\u200c\u200d\ufe0f])[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
/** Spaces of all widths, and the pattern without a dot. */
export const BLANKS = /[\s\p{Zs}\u2800]+/gu;

/** A name in one line and of bounded length, whoever wrote it; null where nothing of it is seen. */
export function cleanName(text: string): string | null {
  const line = text.slice(0, 10 * MAX_NAME_CHARACTERS).toWellFormed()
    .replace(UNSEEN, " ").replace(BLANKS, " ").trim();
  const name = [...line].slice(0, MAX_NAME_CHARACTERS).join("").trim();
  return /[^\u200c\u200d\ufe0f ]/u.test(name) ? name : null;
}
