import type { ConversationView } from "../chats/model/conversation_model.ts";

/** What a key pressed anywhere among the chats asks for. */
export type ChatKey =
  | { to: "search" }
  | { to: "close" }
  | { to: "step"; by: 1 | -1; isUnreadOnly: boolean };

/** Alt+↑/↓ next chat, Alt+Shift+↑/↓ next unread, Ctrl+K search, Esc closes. (Specification page 7, "Names") */
export function readChatKey(
  event: Pick<KeyboardEvent, "key" | "altKey" | "shiftKey" | "ctrlKey" | "metaKey">,
): ChatKey | null {
  const { key, altKey, shiftKey, ctrlKey, metaKey } = event;
  const isCommand = ctrlKey || metaKey;
  if (isCommand && !altKey && !shiftKey && key.toLowerCase() === "k") return { to: "search" };
  if (key === "Escape" && !isCommand && !altKey && !shiftKey) return { to: "close" };
  if (!altKey || isCommand) return null;
  if (key === "ArrowDown") return { to: "step", by: 1, isUnreadOnly: shiftKey };
  return key === "ArrowUp" ? { to: "step", by: -1, isUnreadOnly: shiftKey } : null;
}

/** The conversation that a step leads to, round and round; null where there is none to go to. */
export function stepFrom(
  conversations: readonly ConversationView[],
  { current, by, isUnreadOnly }: { current: string | null; by: 1 | -1; isUnreadOnly: boolean },
): ConversationView | null {
  const count = conversations.length;
  const here = conversations.findIndex(({ peer }) => peer === current);
  const start = here < 0 && by < 0 ? count : here;
  for (let distance = 1; distance <= count; distance++) {
    const found = conversations[(start + by * distance + count * 2) % count];
    if (found && found.peer !== current && (!isUnreadOnly || found.unread > 0)) return found;
  }
  return null;
}

/** The conversations whose name holds the words that are searched for, as their order is. */
export function filterConversations(
  conversations: readonly ConversationView[],
  { search, nameOf }: { search: string; nameOf: (conversation: ConversationView) => string },
): readonly ConversationView[] {
  const wanted = search.trim().toLocaleLowerCase().replace(/^@/, "");
  if (wanted === "") return conversations;
  return conversations.filter((each) => nameOf(each).toLocaleLowerCase().includes(wanted));
}
