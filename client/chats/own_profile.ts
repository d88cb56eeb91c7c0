import { KIND, type NostrEvent } from "../../protocol/nostr_event.ts";

/** Who this is, in a profile that other nostr apps read as well. */
interface ProfileOwner {
  handle: string;
  fqhn: string;
  primary: string;
}

/**
 * The user's profile as it should be: what is there stays, and what kez-chat needs is put in. (NIP-01; specification
 * page 4)
 *
 * @returns null where the newest one says it already
 */
export function mergeProfile(
  newest: NostrEvent | null,
  { handle, fqhn, primary }: ProfileOwner,
): Pick<NostrEvent, "kind" | "tags" | "content"> | null {
  const known = newest ? readProfile(newest.content) : {};
  if (known.kez_primary === primary && newest) return null;
  const profile = { name: handle, nip05: fqhn, ...known, kez_primary: primary };
  return { kind: KIND.profile, tags: newest?.tags ?? [], content: JSON.stringify(profile) };
}

function readProfile(content: string): Record<string, unknown> {
  try {
    const profile: unknown = JSON.parse(content);
    const isObject = typeof profile === "object" && profile !== null && !Array.isArray(profile);
    return isObject ? profile as Record<string, unknown> : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
