import { bytesToHex } from "../../protocol/bytes.ts";
import { isHandle, isServerName } from "../../protocol/handle.ts";

/** Random bytes of a code that a client gives out. */
export const INVITE_CODE_BYTES = 16;

/** A code may come from a server too, which makes them as it likes. */
const CODE = /^[A-Za-z0-9_-]{1,64}$/;
const FINGERPRINT = /^[0-9a-f]{32}$/;
const LINK = /^https?:\/\/[^/#?]+\/i\/?#(.+)$/i;
const PREFIX = "ed25519:";

/** Who invites, and by which code. (Design, "Invite") */
export interface Invite {
  code: string;
  handle: string;
  server: string;
  /** The first 32 hex digits of the inviter's primary: whoever else has the handle one day is told apart. */
  fingerprint: string;
}

/** The invitation of an account by a fresh random code of {@link INVITE_CODE_BYTES}. */
export function makeInvite(
  code: Uint8Array,
  { handle, server, primary }: { handle: string; server: string; primary: string },
): Invite {
  return { code: bytesToHex(code), handle, server, fingerprint: fingerprintOf(primary) };
}

/** The first 32 hex digits of `ed25519:<64 hex>`. */
function fingerprintOf(primary: string): string {
  return primary.slice(PREFIX.length, PREFIX.length + 32);
}

/** True where a primary is the one that an invitation was made by, as far as it says. */
export function isInviter(primary: string, { fingerprint }: Invite): boolean {
  return primary.startsWith(PREFIX) && fingerprintOf(primary) === fingerprint;
}

/** The link of an invitation: `origin` is that of the inviter's server. */
export function inviteLink(invite: Invite, origin: string): string {
  return `${origin}${invitePath(invite)}`;
}

/** The invitation in one word, to be pasted where a link cannot be opened. */
export function inviteWord({ code, handle, server, fingerprint }: Invite): string {
  return `${code}.${handle}@${server}.${fingerprint}`;
}

/**
 * Reads an invitation's link, its fragment (with or without `#`) or its word; null where it is none.
 *
 * @param server of the page: that of a fragment, which names none
 */
export function parseInvite(text: string, { server }: { server: string }): Invite | null {
  const trimmed = text.trim();
  if (!LINK.test(trimmed)) return parseWord(trimmed.replace(/^#/, ""), server);
  if (!URL.canParse(trimmed)) return null;
  const url = new URL(trimmed);
  return parseWord(url.hash.slice(1), url.host);
}

/** The invitation that a path of this app leads to, `/i#…`; null for any other path. */
export function inviteOfPath(path: string | null, { server }: { server: string }): Invite | null {
  return path?.startsWith("/i#") ? parseWord(path.slice("/i#".length), server) : null;
}

/** The path of an invitation on the inviter's own server. */
export function invitePath({ code, handle, fingerprint }: Invite): string {
  return `/i#${code}.${handle}.${fingerprint}`;
}

function parseWord(word: string, home: string): Invite | null {
  const first = word.indexOf(".");
  const last = word.lastIndexOf(".");
  if (first < 0 || first === last) return null;
  const code = word.slice(0, first);
  const fingerprint = word.slice(last + 1).toLowerCase();
  const [handle = "", server = home, ...rest] = word.slice(first + 1, last).toLowerCase()
    .split("@");
  const isWhole = CODE.test(code) && FINGERPRINT.test(fingerprint) && isHandle(handle) &&
    isServerName(server) && rest.length === 0;
  return isWhole ? { code, handle, server, fingerprint } : null;
}
