import type { NostrEvent } from "../../protocol/nostr_event.ts";

/** The newest event wins, of two of one second the one with the lower id; anything wins over nothing. (NIP-01) */
export function isNewer(
  { id, created_at }: NostrEvent,
  known: Pick<NostrEvent, "id" | "created_at"> | null,
): boolean {
  return !known || created_at > known.created_at ||
    (created_at === known.created_at && id < known.id);
}
