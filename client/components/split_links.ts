/** A piece of a message: plain words, or an address to open. */
export interface TextPart {
  text: string;
  /** Absolute http or https URL; null for plain words. */
  url: string | null;
}

/** What turns the direction of reading is no part of an address: it would show as another one than it is. */
const URL_IN_TEXT = /\bhttps?:\/\/[^\s<>"“”\p{Bidi_Control}]+/giu;
/** A host, perhaps with a port, in any script. */
const OF_HOSTS = /^[\p{L}\p{M}\p{N}.:[\]_-]+$/u;
/** Alphabets with letters that look like Latin ones. */
const LOOKALIKE = /[\p{sc=Cyrl}\p{sc=Grek}\p{sc=Armn}\p{sc=Cher}\p{sc=Copt}\p{sc=Lisu}]/u;
/** What ends a sentence rather than an address. */
const TRAILING = new Set(".,;:!?'’)]}…");

/** Finds the web addresses in a text. The parts, put together, are the text again. */
export function splitLinks(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const { 0: found, index } of text.matchAll(URL_IN_TEXT)) {
    const address = trimAddress(found);
    const url = URL.parse(address);
    if (!url || !isPlain(address, url)) continue;
    if (index > end) parts.push({ text: text.slice(end, index), url: null });
    parts.push({ text: address, url: url.href });
    end = index + address.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end), url: null });
  return parts;
}

/**
 * True where whoever reads an address sees where it leads: nothing stands before its host, as in `https://bank.example@evil.example`,
 * or passes for a slash in it, and no letters of other alphabets pass for Latin ones.
 */
function isPlain(address: string, { username, password }: URL): boolean {
  const host = /^https?:\/\/([^/?#\\]+)/i.exec(address)?.[1] ?? "";
  const isMixed = /[a-z]/i.test(host) && LOOKALIKE.test(host);
  return username + password === "" && OF_HOSTS.test(host) && !isMixed;
}

/** `(see https://example.org/a_(b)).` ends the address after `a_(b)`. */
function trimAddress(found: string): string {
  let end = found.length;
  while (end > 0 && TRAILING.has(found[end - 1]!)) end--;
  const trimmed = found.slice(0, end);
  const isOpen = trimmed.split("(").length > trimmed.split(")").length;
  return isOpen && found[trimmed.length] === ")" ? `${trimmed})` : trimmed;
}
