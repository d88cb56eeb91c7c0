import { KIND, type NostrEvent } from "../../protocol/nostr_event.ts";
import { parseProfile, type ProfileContent } from "./profile_content.ts";

/** Who this is, in a profile that other nostr apps read as well. */
export interface ProfileOwner {
  handle: string;
  fqhn: string;
  primary: string;
}

/**
 * The user's profile as it should be: what is there stays, and what kez-chat needs or the user has changed is put in.
 * (NIP-01; specification page 4)
 *
 * @param changes members to set; undefined takes one away
 * @returns null where the newest one says it already
 */
export function mergeProfile(
  newest: NostrEvent | null,
  { owner: { handle, fqhn, primary }, changes }: { owner: ProfileOwner; changes: ProfileContent },
): Pick<NostrEvent, "kind" | "tags" | "content"> | null {
  const known = newest ? parseProfile(newest.content) : {};
  const isNamed = newest !== null && known.kez_primary === primary;
  const own = isNamed ? known : { name: handle, nip05: fqhn, ...known, kez_primary: primary };
  const content = JSON.stringify({ ...own, ...changes });
  if (newest && content === JSON.stringify(known)) return null;
  return { kind: KIND.profile, tags: newest?.tags ?? [], content };
}
