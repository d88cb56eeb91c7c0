import type { ConversationView } from "../chats/model/conversation_model.ts";

/** What a notification shows, and where a click on it leads. */
export interface Notice {
  title: string;
  body: string;
  /** Path in the app; null for the newest unread conversation, whichever that is by then. */
  path: string | null;
  /** True for one that replaces the last without a sound. */
  isSilent: boolean;
  /** True for one that is shown also where the app is in sight. */
  isForced: boolean;
  /** How many messages wait, where that is known and no window shows it. */
  unread?: number;
}

/** What the service worker asks the app's windows, each with a port for the answer. */
export const PUSH_QUESTION = "kez-chat push";
/** What it tells a window that a click leads to, beside the `path`. */
export const OPEN_WISH = "kez-chat open";
/** What it tells all windows once a notification is shown. */
export const SHOWN_WORD = "kez-chat shown";
/** The page that looks for what is new: the service worker does not know what that is. */
export const NEWEST_PATH = "/chats#new";

/** The end of a burst is pushed 2 s after its beginning: within this time one with nothing new repeats what was shown. */
export const BURST_MS = 10_000;

/** True for a conversation that its owner wants to hear of. */
export function isHeard(
  { isMuted, isArchived, state }: Pick<ConversationView, "isMuted" | "isArchived" | "state">,
): boolean {
  return !isMuted && !isArchived && state !== "blocked";
}

/**
 * The conversation with the newest unread message: of those that may be heard, else of the muted ones; null for none.
 *
 * @param told how many unread ones of a primary have been told of
 */
export function newestUnread(
  conversations: readonly ConversationView[],
  told: ReadonlyMap<string, number> = new Map(),
): ConversationView | null {
  const unread = conversations
    .filter(({ isSelf, primary, unread }) => !isSelf && unread > (told.get(primary) ?? 0))
    .toSorted((a, b) => b.lastAtMs - a.lastAtMs);
  return unread.find(isHeard) ?? unread[0] ?? null;
}

/** What is said of a conversation that has something new. A stranger is not named before being accepted. */
export function noticeOf(
  conversation: ConversationView,
  { words, path }: { words: { app: string; newMessage: string }; path: string | null },
): Notice {
  if (!isHeard(conversation)) {
    return { title: words.app, body: words.newMessage, path, isSilent: true, isForced: false };
  }
  const isKnown = conversation.state === "accepted";
  return {
    title: isKnown ? conversation.title : words.app,
    body: words.newMessage,
    path,
    isSilent: false,
    isForced: false,
  };
}
