import { readServerInvite } from "../../protocol/server_invite.ts";
import { type Invite, inviteOfPath, parseInvite } from "./invite.ts";

/** Codes as clients draw them: they lead to a chat, and let nobody into a server. */
const OF_A_PERSON = /^[0-9a-f]{32}$/;

/** What somebody was given who wants to register. */
export interface GivenCode {
  /** What the server is shown; "" where it is none of a server's. */
  code: string;
  /** The invitation to a chat that came along. */
  invite: Invite | null;
}

/**
 * Reads what stands in `Invite code`: a server's code, its link, or an invitation to a chat, whose code may be one of the
 * server's too.
 */
export function readGivenCode(text: string, { server }: { server: string }): GivenCode {
  const invite = parseInvite(text, { server });
  if (invite) return { code: OF_A_PERSON.test(invite.code) ? "" : invite.code, invite };
  const [, fragment] = /^https?:\/\/[^/#?]+\/i\/?#(.+)$/i.exec(text.trim()) ?? [];
  const given = fragment ?? text.trim();
  return { code: readServerInvite(given) ?? given, invite: null };
}

/** The code of a server that a path of this app carries, `/i#…`; null where it carries none. */
export function serverCodeOfPath(
  path: string | null,
  { server }: { server: string },
): string | null {
  const code = inviteOfPath(path, { server })?.code;
  if (code !== undefined) return OF_A_PERSON.test(code) ? null : code;
  return path?.startsWith("/i#") ? readServerInvite(path.slice("/i#".length)) : null;
}
