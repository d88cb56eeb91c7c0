import { isLoopbackServer } from "../../protocol/handle.ts";
import { parseVisualFragment } from "../../protocol/picture_key.ts";
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
  const url = typeof text === "string" && text.length <= MAX_URL_CHARS ? URL.parse(text) : null;
  if (!url) return null;
  const isUnseenOnTheWay = url.protocol === "https:" ||
    (mayBeLoopback && url.protocol === "http:" && isLoopbackServer(url.host));
  const isPlain = url.username === "" && url.password === "" && url.search === "";
  const sha256 = /\/([0-9a-f]{64})(?:\.[a-z0-9]{1,8})?$/.exec(url.pathname)?.[1];
  if (!isUnseenOnTheWay || !isPlain || sha256 === undefined) return null;
  const { hash } = url;
  url.hash = "";
  if (hash === "") return { url: url.href, sha256, visual: null };
  const visual = parseVisualFragment(hash);
  return visual && { url: url.href, sha256, visual };
}

/** The URL as it stands in a profile. */
export function pictureUrl({ url, visual }: PeerPicture): string {
  return visual ? `${url}#${visual.version}:${visual.salt}` : url;
}
