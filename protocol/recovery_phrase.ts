import { entropyToMnemonic, validateMnemonic } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { ProtocolError } from "./errors.ts";

const LENGTHS = [12, 15, 18, 21, 24];
/** As people number the words on paper, and as the app shows them. */
const NUMBER = /^\d{1,2}[.):]?/;

/** The 12-word BIP-39 English phrase of 16 bytes of entropy, drawn by the caller. */
export function phraseFromEntropy(entropy: Uint8Array): string {
  return entropyToMnemonic(entropy, wordlist);
}

/**
 * Trims, lower-cases, collapses white space and leaves out the numbers of a list, then checks count, words and checksum.
 *
 * @returns the words, one space between
 * @throws ProtocolError `invalid_phrase`, its message naming the first word that is wrong
 */
export function normalizePhrase(text: string): string {
  const words = text.toLowerCase().split(/\s+/)
    .map((word) => word.replace(NUMBER, "")).filter(Boolean);
  const unknownAt = words.findIndex((word) => !wordlist.includes(word));
  if (unknownAt >= 0) {
    throw new ProtocolError(
      "invalid_phrase",
      `Word ${unknownAt + 1}, '${words[unknownAt]}', is no word of a phrase. Check its letters.`,
    );
  }
  if (!LENGTHS.includes(words.length)) {
    throw new ProtocolError(
      "invalid_phrase",
      `A phrase has 12 words; this one has ${words.length}.`,
    );
  }
  const phrase = words.join(" ");
  if (!validateMnemonic(phrase, wordlist)) {
    throw new ProtocolError(
      "invalid_phrase",
      "The words do not fit together. Check their order, and each word against your note.",
    );
  }
  return phrase;
}
