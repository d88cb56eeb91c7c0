import type { ConversationView } from "../chats/model/conversation_model.ts";
import { shortPrimary } from "../chats/conversation/short_primary.ts";
import { t } from "../text/text.ts";

/**
 * How a conversation is called in a sentence: the owner's name for it, else the peer's, else the handle alone, or `Note to
 * self`. Whoever has none of them, as before a registry was asked, is somebody.
 */
export function shortName(conversation: ConversationView): string {
  if (conversation.isSelf) return t.chats.noteToSelf;
  return isNameless(conversation) ? t.request.somebody : conversation.title;
}

/** True where nothing but letters and digits tells who it is. */
function isNameless({ handle, title, primary }: ConversationView): boolean {
  return handle === null && title === shortPrimary(primary);
}

/** The name that tells two people apart: the handle, with the server for one of another server. */
export function fullName(conversation: ConversationView): string {
  const { isSelf, server, handle } = conversation;
  const name = isSelf ? shortName(conversation) : handle ?? conversation.title;
  return isSelf || server === null ? name : `${name}@${server}`;
}

/** What stands beside the name: the whole handle where the name is another one, else its foreign server; null for nothing. */
export function handleBeside({ isSelf, title, handle, server }: ConversationView): string | null {
  if (isSelf || handle === null) return null;
  const suffix = server === null ? "" : `@${server}`;
  return (title === handle ? suffix : handle + suffix) || null;
}

/** Everything by which a conversation is looked for. */
export function searchedNames(conversation: ConversationView): string {
  return `${shortName(conversation)} ${fullName(conversation)}`;
}
