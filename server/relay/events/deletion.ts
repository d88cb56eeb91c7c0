import { isHex } from "../../../protocol/bytes.ts";
import { eventAddress, type NostrEvent } from "../../../protocol/nostr_event.ts";

/** What a deletion request names. */
export interface DeletionTargets {
  /** Event ids, each once. */
  ids: string[];
  /** Addresses of replaceable events of the author's own, as `eventAddress` writes them, each once. */
  addresses: string[];
}

const ADDRESS = /^(\d{1,5}):([0-9a-f]{64}):(.*)$/s;

/**
 * Reads the `e` and `a` tags of a deletion request. An address of somebody else's, or of a kind that has none, is passed
 * over: nobody may delete by it. (NIP-09)
 */
export function deletionTargets(event: Pick<NostrEvent, "pubkey" | "tags">): DeletionTargets {
  const values = (name: string) =>
    event.tags.filter((tag) => tag[0] === name).map((tag) => tag[1] ?? "");
  const addresses = values("a").map((value) => ownAddress(value, event.pubkey));
  return {
    ids: [...new Set(values("e").filter((value) => isHex(value, 32)))],
    addresses: [...new Set(addresses.filter((address) => address !== null))],
  };
}

function ownAddress(value: string, pubkey: string): string | null {
  const [, kind, author, identifier] = ADDRESS.exec(value) ?? [];
  if (author !== pubkey) return null;
  return eventAddress({ kind: Number(kind), pubkey, tags: [["d", identifier!]] });
}
