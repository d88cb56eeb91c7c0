import type { ConversationView } from "../model/conversation_model.ts";

/** How many messages wait for the owner: what is muted or put away does not. */
export function unreadTotal(conversations: readonly ConversationView[]): number {
  const heard = conversations.filter(({ isMuted, isArchived }) => !isMuted && !isArchived);
  return heard.reduce((sum, { unread, isMarkedUnread }) => {
    return sum + (unread || Number(isMarkedUnread));
  }, 0);
}

/** Puts the number on the app's icon, where there is one; 0 takes it away. */
export async function showBadge(
  unread: number,
  navigator: { setAppBadge?: (count: number) => Promise<void> },
): Promise<void> {
  try {
    await navigator.setAppBadge?.(unread);
  } catch (error) {
    // Without an icon, or without leave to mark it: the title says the same.
    console.debug("The icon cannot be marked", error);
  }
}
