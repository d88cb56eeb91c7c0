import { type Owner, viewConversation } from "../chats/conversation/conversation_view.ts";
import { threadPath } from "../routes.ts";
import { BURST_MS, type Notice, noticeOf } from "./notice.ts";
import type { ToldMail } from "./told_mail.ts";
import type { UnseenMessage } from "./unseen_mail.ts";

/** What an account that was opened for a moment tells. */
export interface ClosedMail {
  owner: Owner;
  /** In order of arrival. */
  unseen: readonly UnseenMessage[];
  /** How many messages waited for the owner before these. */
  unreadBefore: number;
  /** A name for a message that says nothing without the storage key. */
  tag(eventId: string): Promise<string>;
}

/**
 * What to show of the mail that waits, and how many messages do so; null where none of it is news.
 *
 * @param words as {@link noticeOf} takes them
 */
export async function describeClosedMail(
  { owner, unseen, unreadBefore, tag }: ClosedMail,
  { told, words, nowMs }: {
    told: ToldMail;
    words: { app: string; newMessage: string };
    nowMs: number;
  },
): Promise<Notice | null> {
  const before = await told.load();
  const tags = await Promise.all(unseen.map(({ eventId }) => tag(eventId)));
  const isOld = new Set(before.tags);
  const news = unseen.filter((_, i) => !isOld.has(tags[i]!));
  const isRepeat = news.length === 0 && Math.abs(nowMs - before.atMs) < BURST_MS;
  const newestFirst = (isRepeat ? unseen : news).toReversed();
  const found = newestFirst.find(({ isHeard }) => isHeard) ?? newestFirst[0];
  if (!found) return null;
  if (!isRepeat) await told.save({ tags, atMs: nowMs });
  const view = viewConversation(found.conversation, owner);
  // A stranger's thread comes to be when the app takes the message in.
  const path = view.state === "accepted" ? threadPath(view.peer) : null;
  const unread = unreadBefore + unseen.filter(({ isHeard }) => isHeard).length;
  return { ...noticeOf(view, { words, path }), isSilent: isRepeat || !found.isHeard, unread };
}
