import { KIND, type NostrEvent, tagValue } from "../../../protocol/nostr_event.ts";
import { isMailKind } from "./access.ts";

/**
 * Who may have events removed: a nostr key, and the addrs that it is registered for. Its own events are its, and so is
 * what was sent to it.
 */
export interface Claimant {
  pubkey: string;
  addrs: readonly string[];
}

/** The addr or nostr key that mail or a gift wrap is for; null for all other kinds. */
export function readerOf(event: Pick<NostrEvent, "kind" | "tags">): string | null {
  if (isMailKind(event.kind)) return tagValue(event, "q");
  return event.kind === KIND.giftWrap ? tagValue(event, "p") : null;
}

/** Whose word counts about an event: its author's, and of mail and gift wraps its reader's. (Specification page 4) */
export function ownersOf(
  event: Pick<NostrEvent, "kind" | "pubkey" | "tags">,
): [author: string, reader?: string] {
  const reader = readerOf(event);
  return reader === null ? [event.pubkey] : [event.pubkey, reader];
}

/** Requests to remove and to vanish stay, whoever asks: they keep from coming back what they removed. (NIP-09, NIP-62) */
export function isIrremovable(kind: number): boolean {
  return kind === KIND.deletion || kind === KIND.vanish;
}
