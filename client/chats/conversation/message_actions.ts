import { isKnownBody, type MessageBody } from "../../../protocol/message_body.ts";
import type { MessageAction, MessageRecord, ReactionRecord } from "../../storage/chat_records.ts";

/** What is left of a message that its author deleted for all. */
const DELETED_BODY: MessageBody = { kind: "deleted" };

/**
 * The message after an action; the very same one where the action changes nothing. Whatever the order in which actions
 * come, and however often, they end in the same message: of each side's reactions the newest counts, of edits the
 * newest, and after a deletion nothing. Only the author may edit and delete. (Specification page 2, "Message")
 */
export function withAction(message: MessageRecord, action: MessageAction): MessageRecord {
  if (action.kind === "delete") return withDeletion(message, action);
  if (message.deletedAtMs !== null) return message;
  return action.kind === "edit" ? withEdit(message, action) : withReaction(message, action);
}

/** True where the second of two actions of one person and one kind is the one that counts. */
export function isNewerAction(known: MessageAction, next: MessageAction): boolean {
  return isNewer(
    { atMs: known.atMs, content: contentOf(known) },
    { atMs: next.atMs, content: contentOf(next) },
  );
}

function withReaction(
  message: MessageRecord,
  { from, emoji, atMs }: Extract<MessageAction, { kind: "reaction" }>,
): MessageRecord {
  const known = message.reactions.find((one) => one.from === from);
  if (known && !isNewer(asVersion(known), { atMs, content: emoji })) return message;
  const others = message.reactions.filter((one) => one !== known);
  const reactions = [...others, { from, emoji, atMs }].sort((a, b) =>
    a.atMs - b.atMs || (a.from < b.from ? -1 : 1)
  );
  return { ...message, reactions };
}

function withEdit(
  message: MessageRecord,
  { from, text, atMs }: Extract<MessageAction, { kind: "edit" }>,
): MessageRecord {
  const { body, edit } = message;
  if (from !== message.from || !isKnownBody(body) || body.kind !== "text") return message;
  const isOutdone = edit &&
    !isNewer({ atMs: edit.atMs, content: edit.text }, { atMs, content: text });
  return isOutdone ? message : { ...message, body: { ...body, text }, edit: { text, atMs } };
}

function withDeletion(message: MessageRecord, { from, atMs }: MessageAction): MessageRecord {
  if (from !== message.from) return message;
  if (message.deletedAtMs !== null && message.deletedAtMs <= atMs) return message;
  return { ...message, body: DELETED_BODY, reactions: [], edit: null, deletedAtMs: atMs };
}

/** One of several contents of one thing, of which the newest counts; of two of one moment the greater. */
interface Version {
  atMs: number;
  content: string;
}

function isNewer(known: Version, next: Version): boolean {
  return next.atMs > known.atMs || (next.atMs === known.atMs && next.content > known.content);
}

function asVersion({ emoji, atMs }: ReactionRecord): Version {
  return { atMs, content: emoji };
}

function contentOf(action: MessageAction): string {
  if (action.kind === "delete") return "";
  return action.kind === "edit" ? action.text : action.emoji;
}
