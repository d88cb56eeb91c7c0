import { entropyToMnemonic, validateMnemonic } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { ProtocolError } from "./errors.ts";

const LENGTHS = [12, 15, 18, 21, 24];

/** The 12-word BIP-39 English phrase of 16 bytes of entropy, drawn by the caller. */
export function phraseFromEntropy(entropy: Uint8Array): string {
  return entropyToMnemonic(entropy, wordlist);
}

/**
 * Trims, lower-cases and collapses white space, then checks count, words and checksum.
 *
 * @returns the words, one space between
 * @throws ProtocolError `invalid_phrase`, its message naming the first word that is wrong
 */
export function normalizePhrase(text: string): string {
  const words = text.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const unknownAt = words.findIndex((word) => !wordlist.includes(word));
  if (unknownAt >= 0) {
    throw new ProtocolError(
      "invalid_phrase",
      `Word ${unknownAt + 1}, '${words[unknownAt]}', is not in the list.`,
    );
  }
  if (!LENGTHS.includes(words.length)) {
    throw new ProtocolError(
      "invalid_phrase",
      `A phrase has 12 words, or 15, 18, 21 or 24; this one has ${words.length}.`,
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
