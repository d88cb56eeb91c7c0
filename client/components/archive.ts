import type { ConversationView } from "../chats/model/conversation_model.ts";

/** What the list shows: the archive or all the rest; where something is searched for, both. */
export function inSight(
  conversations: readonly ConversationView[],
  { search, isArchive }: { search: string; isArchive: boolean },
): readonly ConversationView[] {
  if (search.trim() !== "") return conversations;
  return conversations.filter(({ isArchived }) => isArchived === isArchive);
}
