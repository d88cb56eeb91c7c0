import { type NostrEvent, tagValue } from "../../../protocol/nostr_event.ts";

const UNIX_SECONDS = /^\d{1,15}$/;

/** True for Unix seconds as a tag's value has them. */
export function isUnixSeconds(text: string): boolean {
  return UNIX_SECONDS.test(text);
}

/** The Unix second at which an event wants to be forgotten; null where it has no such (readable) tag. (NIP-40) */
export function expirationS(event: Pick<NostrEvent, "tags">): number | null {
  const value = tagValue(event, "expiration");
  return value !== null && isUnixSeconds(value) ? Number(value) : null;
}
