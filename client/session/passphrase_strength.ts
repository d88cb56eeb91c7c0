import type { PassphraseStrength } from "./session.ts";

/** Fewer characters than this are refused. (Specification page 7) */
const MIN_PASSPHRASE_CHARACTERS = 8;

/** Names that people and lists of passwords begin with; a passphrase built on one is worth little more than its rest. */
const COMMON =
  /pass(?:word|phrase)?|letmein|welcome|qwert[yz]|asdf|admin|iloveyou|dragon|monkey|secret|login|kez-?chat/g;

const FAIR_BITS = 40;
const STRONG_BITS = 65;

/** A character of a word can be guessed from those before it. */
const BITS_PER_WORD_LETTER = 2.3;

/**
 * An honest guess at how long a passphrase withstands guessing: letters of words count little, repeats, runs
 * (`abcd`, `4321`) and common beginnings hardly at all.
 */
export function passphraseStrength(text: string): PassphraseStrength {
  if (isTooShort(text)) return "too_short";
  const bits = guessBits(text);
  if (bits < FAIR_BITS) return "weak";
  return bits < STRONG_BITS ? "fair" : "strong";
}

/** True for fewer than {@link MIN_PASSPHRASE_CHARACTERS}, an emoji counting as one. */
export function isTooShort(text: string): boolean {
  return [...text].length < MIN_PASSPHRASE_CHARACTERS;
}

function guessBits(text: string): number {
  const characters = [...text.toLowerCase().replace(COMMON, "a")];
  const capitalsWithin = text.slice(1).match(/\p{Lu}/gu)?.length ?? 0;
  const isWordy = /\p{L}{4}/u.test(text);
  const seen = new Map<string, number>();
  // A capital somewhere adds a choice, up to a point: whole words in capitals do not.
  let bits = Math.min(capitalsWithin, 5);
  characters.forEach((character, at) => {
    const times = (seen.get(character) ?? 0) + 1;
    seen.set(character, times);
    const worth = follows(characters, at) ? 0.5 : bitsOf(character, isWordy);
    // The fifth “a” of a word is normal, the twentieth is a key held down.
    bits += times > 6 ? worth / 4 : worth;
  });
  return seen.size < 5 ? Math.min(bits, FAIR_BITS - 1) : bits;
}

/** True where the character repeats the one before it, or is its neighbour in the alphabet or the digits. */
function follows(characters: string[], at: number): boolean {
  if (at === 0) return false;
  const step = characters[at]!.codePointAt(0)! - characters[at - 1]!.codePointAt(0)!;
  if (step === 0) return true;
  if (at === 1) return Math.abs(step) === 1 && /\d/.test(characters[at]!);
  const before = characters[at - 1]!.codePointAt(0)! - characters[at - 2]!.codePointAt(0)!;
  return Math.abs(step) === 1 && step === before;
}

function bitsOf(character: string, isWordy: boolean): number {
  if (/\s/.test(character)) return 1.5;
  if (/\d/.test(character)) return 3.3;
  if (/\p{L}/u.test(character)) return isWordy ? BITS_PER_WORD_LETTER : 4.7;
  return 6;
}
