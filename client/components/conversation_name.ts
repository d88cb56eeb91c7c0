import type { ConversationView } from "../chats/model.ts";
import { t } from "../text/text.ts";

/** How a conversation is called in a sentence: the handle alone, or `Note to self`. */
export function shortName({ isSelf, title }: ConversationView): string {
  return isSelf ? t.chats.noteToSelf : title;
}

/** The name that tells two people apart: with the server, for one of another server. */
export function fullName(conversation: ConversationView): string {
  const { isSelf, server } = conversation;
  const name = shortName(conversation);
  return isSelf || server === null ? name : `${name}@${server}`;
}
