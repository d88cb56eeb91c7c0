import { cleanName } from "../chats/conversation/person_name.ts";
import { parsePictureUrl } from "../pictures/picture_url.ts";
import type { PeerPicture } from "../storage/chat_records.ts";

/** The members of a profile, as any nostr app may have written them. */
export type ProfileContent = Record<string, unknown>;

/** Reads the content of a kind 0; no members where it holds no object. (NIP-01) */
export function parseProfile(content: string): ProfileContent {
  try {
    const profile: unknown = JSON.parse(content);
    const isObject = typeof profile === "object" && profile !== null && !Array.isArray(profile);
    return isObject ? profile as ProfileContent : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

/** How somebody wants to be called, in one line; null where that is the handle, or nothing. */
export function displayNameOf(profile: ProfileContent, handle: string): string | null {
  const names = [profile.display_name, profile.name].map((name) =>
    typeof name === "string" ? cleanName(name) : null
  );
  const name = names.find((name) => name !== null) ?? null;
  return name === handle ? null : name;
}

/** Where the picture lies; null for none that may be fetched. */
export function pictureOf(
  profile: ProfileContent,
  options: { mayBeLoopback: boolean },
): PeerPicture | null {
  return parsePictureUrl(profile.picture, options);
}
