import type { ConversationView } from "../chats/model.ts";

/** What the list shows: the archive or all the rest; where something is searched for, both. */
export function inSight(
  conversations: readonly ConversationView[],
  { search, isArchive }: { search: string; isArchive: boolean },
): readonly ConversationView[] {
  if (search.trim() !== "") return conversations;
  return conversations.filter(({ isArchived }) => isArchived === isArchive);
}

/** Messages that wait for the owner: what is muted or put away does not. */
export function countWaiting(conversations: readonly ConversationView[]): number {
  return conversations.reduce(
    (sum, { unread, isMuted, isArchived }) => sum + (isMuted || isArchived ? 0 : unread),
    0,
  );
}
