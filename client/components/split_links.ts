/** A piece of a message: plain words, or an address to open. */
export interface TextPart {
  text: string;
  /** Absolute http or https URL; null for plain words. */
  url: string | null;
}

/** What turns the direction of reading is no part of an address: it would show as another one than it is. */
const URL_IN_TEXT = /\bhttps?:\/\/[^\s<>"“”\p{Bidi_Control}]+/giu;
/** What ends a sentence rather than an address. */
const TRAILING = new Set(".,;:!?'’)]}…");

/** Finds the web addresses in a text. The parts, put together, are the text again. */
export function splitLinks(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const { 0: found, index } of text.matchAll(URL_IN_TEXT)) {
    const address = trimAddress(found);
    if (!URL.canParse(address)) continue;
    if (index > end) parts.push({ text: text.slice(end, index), url: null });
    parts.push({ text: address, url: new URL(address).href });
    end = index + address.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end), url: null });
  return parts;
}

/** `(see https://example.org/a_(b)).` ends the address after `a_(b)`. */
function trimAddress(found: string): string {
  let end = found.length;
  while (end > 0 && TRAILING.has(found[end - 1]!)) end--;
  const trimmed = found.slice(0, end);
  const isOpen = trimmed.split("(").length > trimmed.split(")").length;
  return isOpen && found[trimmed.length] === ")" ? `${trimmed})` : trimmed;
}
