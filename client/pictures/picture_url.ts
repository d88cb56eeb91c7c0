import { isHex } from "../../protocol/bytes.ts";
import { isLoopbackServer } from "../../protocol/handle.ts";
import { parseVisualFragment } from "../../protocol/picture_key.ts";
import type { VisualVersion } from "../../protocol/visual.ts";
import type { PeerPicture } from "../storage/chat_records.ts";

const MAX_URL_CHARS = 2_048;

/**
 * Reads `picture` of a profile; null where it names no place that may be asked, or where nothing says what has to lie
 * there. (Specification page 5, "Output")
 *
 * @param mayBeLoopback true where all of this world is on one machine, as in development
 */
export function parsePictureUrl(
  text: unknown,
  { mayBeLoopback }: { mayBeLoopback: boolean },
): PeerPicture | null {
  if (typeof text !== "string" || text.length > MAX_URL_CHARS || !URL.canParse(text)) return null;
  const url = new URL(text);
  const isPrivate = url.protocol === "https:" ||
    (mayBeLoopback && url.protocol === "http:" && isLoopbackServer(url.host));
  const isOurs = isPrivate && url.username === "" && url.password === "" && url.search === "";
  const sha256 = /(?:^|\/)([0-9a-f]{64})(?:\.[a-z0-9]{1,8})?$/.exec(url.pathname)?.[1];
  if (!isOurs || sha256 === undefined || !isHex(sha256, 32)) return null;
  const fragment = url.hash;
  url.hash = "";
  const visual = fragment === "" ? null : visualOf(fragment);
  return visual === undefined ? null : { url: url.href, sha256, visual };
}

/** The URL as it stands in a profile. */
export function pictureUrl({ url, visual }: PeerPicture): string {
  return visual ? `${url}#${visual.version}:${visual.salt}` : url;
}

/** Undefined for a fragment that this version does not know. */
function visualOf(fragment: string): PeerPicture["visual"] | undefined {
  return parseVisualFragment(fragment)
    ? {
      version: fragment.slice(1, fragment.indexOf(":")) as VisualVersion,
      salt: fragment.slice(fragment.indexOf(":") + 1),
    }
    : undefined;
}
