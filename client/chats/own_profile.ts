import type { ChainPin } from "../../protocol/sigchain.ts";
import { readChainPin } from "../claims/chain_memory.ts";
import { KIND, type NostrEvent } from "../../protocol/nostr_event.ts";

/** Who this is, in a profile that other nostr apps read as well. */
interface ProfileOwner {
  handle: string;
  fqhn: string;
  primary: string;
}

/**
 * The user's profile as it should be: what is there stays, and what kez-chat needs is put in. (NIP-01; specification
 * page 4)
 *
 * @param chain how far the own sigchain goes, as this device knows it; null for none
 * @returns null where the newest one says it already
 */
export function mergeProfile(
  newest: NostrEvent | null,
  { owner: { handle, fqhn, primary }, chain }: { owner: ProfileOwner; chain: ChainPin | null },
): Pick<NostrEvent, "kind" | "tags" | "content"> | null {
  const known = newest ? readProfile(newest.content) : {};
  const published = readChainPin(known.kez_chain);
  // Another device may know more of it.
  const isTold = !chain || (published !== null && published.length >= chain.length);
  if (known.kez_primary === primary && newest && isTold) return null;
  const told = isTold ? {} : { kez_chain: chain };
  const profile = { name: handle, nip05: fqhn, ...known, ...told, kez_primary: primary };
  return { kind: KIND.profile, tags: newest?.tags ?? [], content: JSON.stringify(profile) };
}

function readProfile(content: string): Record<string, unknown> {
  try {
    const profile: unknown = JSON.parse(content);
    const isObject = typeof profile === "object" && profile !== null && !Array.isArray(profile);
    return isObject ? profile as Record<string, unknown> : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
