import { KIND, type NostrEvent, tagValue } from "../../../protocol/nostr_event.ts";
import type { Filter } from "../../../protocol/nostr_filter.ts";

/** Mail of kez-chat: its reader is the addr in its only `q` tag. */
const MAIL_KINDS: readonly number[] = [KIND.message, KIND.quiet, KIND.typing];

/** Kinds that only their reader is given. (Specification page 4) */
export const PRIVATE_KINDS: readonly number[] = [
  KIND.directMessage,
  KIND.giftWrap,
  KIND.ephemeralGiftWrap,
  ...MAIL_KINDS,
];

const mailKinds = new Set(MAIL_KINDS);
const privateKinds = new Set(PRIVATE_KINDS);

/** Where a reader's private events are: the keys that it AUTHed as, and the addrs that these are registered for. */
export interface Mailboxes {
  keys: ReadonlySet<string>;
  addrs: ReadonlySet<string>;
}

/** True where events of a kind are for their reader alone. */
export function isPrivateKind(kind: number): boolean {
  return privateKinds.has(kind);
}

/** True where events of a kind carry an envelope for an addr. */
export function isMailKind(kind: number): boolean {
  return mailKinds.has(kind);
}

/**
 * True where a connection that AUTHed as `authed` may be given an event. Asked anew for every event, so that a key
 * that is no longer registered for an addr reads nothing more from that moment on. (Specification page 4)
 */
export function canRead(
  event: Pick<NostrEvent, "kind" | "pubkey" | "tags">,
  { authed, nostrKeyOf }: {
    authed: ReadonlySet<string>;
    nostrKeyOf(addr: string): string | null;
  },
): boolean {
  if (!isPrivateKind(event.kind)) return true;
  if (authed.size === 0) return false;
  if (isMailKind(event.kind)) {
    const addr = tagValue(event, "q");
    const reader = addr === null ? null : nostrKeyOf(addr);
    return reader !== null && authed.has(reader);
  }
  if (event.kind === KIND.directMessage && authed.has(event.pubkey)) return true;
  return event.tags.some((tag) => tag[0] === "p" && tag[1] !== undefined && authed.has(tag[1]));
}

/** True where a REQ asks for private kinds and for nothing else: without AUTH its answer can only be empty. */
export function asksOnlyPrivateKinds(filters: readonly Filter[]): boolean {
  return filters.every((filter) =>
    filter.kinds !== undefined && filter.kinds.length > 0 && filter.kinds.every(isPrivateKind)
  );
}
