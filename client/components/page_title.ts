import type { ConversationView } from "../chats/model/conversation_model.ts";
import { t } from "../text/text.ts";
import { unreadTotal } from "../chats/conversation/unread_total.ts";

/** The title of a page, with the number of waiting messages at its front. */
export function pageTitle(name: string, conversations: readonly ConversationView[]): string {
  const unread = unreadTotal(conversations);
  const title = t.title.page(name);
  return unread > 0 ? t.title.unread(unread, title) : title;
}
