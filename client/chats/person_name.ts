/** Longest name of a person, in characters. */
export const MAX_NAME_CHARACTERS = 64;

/** A name in one line and of bounded length, whoever wrote it; null for none. */
export function cleanName(text: string): string | null {
  const line = text.slice(0, 10 * MAX_NAME_CHARACTERS).toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, " ").trim();
  return [...line].slice(0, MAX_NAME_CHARACTERS).join("").trim() || null;
}
