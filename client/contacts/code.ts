import { isPrimary } from "../../protocol/identity.ts";
import { isHandle, parseHandleInput } from "../../protocol/handle.ts";
import { type Invite, parseInvite } from "./invite.ts";

/** What people show each other, as a picture or in words. */
export type Code =
  | { type: "identity"; primary: string }
  | { type: "invite"; invite: Invite }
  /** `handle` or `handle@server`, also as the link of a public profile. */
  | { type: "handle"; handle: string };

const SCHEME = "kez:";
const PROFILE = /^https?:\/\/[^/#?]+\/u\/[^/]+\/?$/i;
/** The longest code that means anything is far below. */
const MAX_CHARACTERS = 1_000;

/** The words of an identity's code. (Specification page 1, "Safety number") */
export function identityCode(primary: string): string {
  return `${SCHEME}${primary}`;
}

/**
 * Says what a scanned or typed text means; null where it is nothing of ours.
 *
 * @param server the home server, whose handles need no name of it
 */
export function readCode(text: string, { server }: { server: string }): Code | null {
  const trimmed = text.trim();
  if (trimmed.length > MAX_CHARACTERS) return null;
  if (trimmed.startsWith(SCHEME)) {
    const primary = trimmed.slice(SCHEME.length);
    return isPrimary(primary) ? { type: "identity", primary } : null;
  }
  const invite = parseInvite(trimmed, { server });
  if (invite) return { type: "invite", invite };
  if (PROFILE.test(trimmed)) return readProfile(trimmed);
  return parseHandleInput(trimmed) ? { type: "handle", handle: trimmed } : null;
}

/** Whether a scanned code is a peer's: the whole key is compared. */
export function compareCode(text: string, primary: string): "same" | "other" | "unknown" {
  const trimmed = text.trim();
  if (!trimmed.startsWith(SCHEME)) return "unknown";
  const shown = trimmed.slice(SCHEME.length);
  if (shown === primary) return "same";
  return isPrimary(shown) ? "other" : "unknown";
}

function readProfile(link: string): Code | null {
  if (!URL.canParse(link)) return null;
  const { pathname, host } = new URL(link);
  const handle = pathname.split("/")[2]!.toLowerCase();
  return isHandle(handle) ? { type: "handle", handle: `${handle}@${host}` } : null;
}
