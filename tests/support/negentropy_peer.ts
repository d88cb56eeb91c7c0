import { nip77 } from "nostr-tools";
import type { NegentropyItem } from "../../protocol/negentropy_items.ts";

/** nostr-tools' end of a reconciliation. (NIP-77) */
export function createNegentropyPeer(
  items: readonly NegentropyItem[],
  frameSizeLimit: number,
): nip77.Negentropy {
  const storage = new nip77.NegentropyStorageVector();
  for (const { createdAtS, id } of items) storage.insert(createdAtS, id);
  storage.seal();
  return new nip77.Negentropy(storage, frameSizeLimit);
}
