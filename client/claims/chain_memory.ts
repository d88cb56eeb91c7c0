import { isHex } from "../../protocol/bytes.ts";
import type { ChainPin } from "../../protocol/sigchain.ts";
import type { ChainMemory } from "./claim_model.ts";

/**
 * What is remembered of a contact's chain after the contact has said how far it goes, inside a message or in a profile. What
 * contradicts what is known shows at once; the rest is compared when its server shows the chain. (Specification page 6)
 */
export function withTold(memory: ChainMemory, told: ChainPin | null | undefined): ChainMemory {
  // Who has no chain yet says nothing; who says nonsense neither.
  if (!told || told.length === 0 || told.head === null) return memory;
  const known = [memory.seen, memory.agreed, memory.told].filter((pin) => pin !== null);
  const sameLength = known.filter(({ length }) => length === told.length);
  if (sameLength.some(({ head }) => head !== told.head)) {
    return { ...memory, told: pinned(told), warning: "fork" };
  }
  // An older message, or another device that has not caught up: the longer one says more.
  const isKnown = sameLength.length > 0 || (memory.told?.length ?? 0) > told.length;
  return isKnown ? memory : { ...memory, told: pinned(told) };
}

/** What a profile says of its owner's chain; null for nothing, and for nonsense. (Specification page 4, kind 0) */
export function readChainPin(value: unknown): ChainPin | null {
  if (typeof value !== "object" || value === null) return null;
  const { length, head } = value as Partial<Record<keyof ChainPin, unknown>>;
  const isPin = Number.isSafeInteger(length) && Number(length) > 0 && typeof head === "string" &&
    isHex(head, 32);
  return isPin ? { length: Number(length), head } : null;
}

/** Unknown members, which a message may have, are not kept. */
function pinned({ length, head }: ChainPin): ChainPin {
  return { length, head };
}
