/** Random bytes of a code by which a server lets people in: 80 bits, which nobody can guess. */
export const SERVER_INVITE_BYTES = 10;

/** Crockford's base32: no letter looks like a digit. */
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CODE = /^[0-9A-HJKMNP-TV-Z]{16}$/;
const GROUP = /.{4}(?=.)/g;

/** The code of {@link SERVER_INVITE_BYTES} random bytes, four groups of four that can be read out: `K7QF-2M9X-0ATB-W5HD`. */
export function makeServerInvite(bytes: Uint8Array): string {
  let bits = "";
  for (const byte of bytes) bits += byte.toString(2).padStart(8, "0");
  const letters = bits.match(/.{5}/g)!.map((five) => ALPHABET[Number.parseInt(five, 2)]!);
  return letters.join("").replace(GROUP, "$&-");
}

/** Reads a code as people type it: small letters, spaces, O for 0, I and L for 1. Null where it is none. */
export function readServerInvite(text: string): string | null {
  if (text.length > 100) return null;
  const letters = text.toUpperCase().replace(/[\s-]/g, "").replaceAll("O", "0")
    .replace(/[IL]/g, "1");
  return CODE.test(letters) ? letters.replace(GROUP, "$&-") : null;
}

/**
 * The path of the link that lets somebody in; what follows `#` reaches no server, and so no log. With `from` it leads to a
 * chat with somebody of the server as well, whose `primary` is `ed25519:<hex>`.
 */
export function serverInvitePath(
  code: string,
  from: { handle: string; primary: string } | null = null,
): string {
  if (from === null) return `/i#${code}`;
  const fingerprint = from.primary.slice("ed25519:".length).slice(0, 32);
  return `/i#${code}.${from.handle}.${fingerprint}`;
}
