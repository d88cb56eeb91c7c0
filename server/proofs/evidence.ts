/** Most UTF-8 bytes of evidence. (Specification page 6) */
const MAX_EVIDENCE_BYTES = 16 * 1024;

/** A token of whomever, and enough around it to see where it ends. */
const TOKEN_AND_AROUND = /.{0,80}kez:ed25519:[0-9a-f]{64}.{0,80}/gs;

/** What of a text is told: all of a short one, else the places where there are tokens. */
export function evidenceOf(text: string): string {
  if (byteLength(text) <= MAX_EVIDENCE_BYTES) return text;
  const places = text.match(TOKEN_AND_AROUND);
  return cut(places ? places.join("\n") : text);
}

/** True where a text has a token of anybody. */
export function hasAnyToken(text: string): boolean {
  return text.search(TOKEN_AND_AROUND) !== -1;
}

function cut(text: string): string {
  const bytes = new TextEncoder().encode(text).subarray(0, MAX_EVIDENCE_BYTES - 3);
  return new TextDecoder().decode(bytes);
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
