import { MAX_PICTURE_READERS } from "../../protocol/picture_key.ts";
import type { ConversationRecord } from "../storage/chat_records.ts";

/** True for those who may see the owner's picture. */
export function isReader({ primary, state }: ConversationRecord, owner: string): boolean {
  return state === "accepted" && primary !== owner;
}

/**
 * Who finds the key in the profile: accepted contacts, the most recently talked to. Whoever is there stays, so that the
 * map does not change with every message. (Specification page 5, "Keys for contacts")
 *
 * @param present primaries that are there
 * @returns primaries
 */
export function chooseReaders(
  conversations: ConversationRecord[],
  { owner, present }: { owner: string; present: readonly string[] },
): string[] {
  const there = new Set(present);
  const rankOf = ({ primary, last, beganAtMs }: ConversationRecord) =>
    there.has(primary) ? Infinity : last?.atMs ?? beganAtMs;
  return conversations.filter((one) => isReader(one, owner))
    .map((one) => ({ primary: one.primary, rank: rankOf(one) }))
    .sort((a, b) => a.rank === b.rank ? 0 : b.rank - a.rank)
    .slice(0, MAX_PICTURE_READERS).map(({ primary }) => primary);
}
