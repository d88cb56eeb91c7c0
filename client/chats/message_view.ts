import { isKnownBody, type MessageBody } from "../../protocol/message_body.ts";
import type { MessageRecord } from "../storage/chat_records.ts";
import { expiresInS, isTimed } from "./disappearing.ts";
import type { MessageView, QuoteView } from "./model.ts";

const MAX_PREVIEW_CHARS = 160;

/** Names a message within the conversation's two sides. */
export function messageKey({ id, isOwn }: { id: string; isOwn: boolean }): string {
  return `${isOwn ? "own" : "peer"}-${id}`;
}

/** What a thread shows of a message. `quoted` is the message that it answers; null where that is not here (any more). */
export function viewMessage(
  record: MessageRecord,
  ownPrimary: string,
  quoted: MessageRecord | null = null,
): MessageView {
  const isOwn = record.from === ownPrimary;
  return {
    key: messageKey({ id: record.id, isOwn }),
    id: record.id,
    isOwn,
    ...viewBody(record),
    atMs: record.atMs,
    status: record.status,
    failure: record.failure,
    relays: record.relays,
    ...(isTimed(record.body) ? { expiresInS: expiresInS(record.body) } : {}),
    quote: quotedId(record.body) === null ? null : viewQuote(quoted, ownPrimary),
    reactions: record.reactions
      .filter(({ emoji }) => emoji !== "")
      .map(({ emoji, from }) => ({ emoji, isOwn: from === ownPrimary })),
    isEdited: record.edit !== null,
  };
}

/** The id of the message that a body answers; null for none. */
export function quotedId(body: MessageBody): string | null {
  const isAnswer = isKnownBody(body) && (body.kind === "text" || body.kind === "attachment");
  return isAnswer ? body.reply_to ?? null : null;
}

/** A message in one line for the conversation list; empty where there is nothing to read. */
export function previewOf(record: Pick<MessageRecord, "body" | "deletedAtMs">): string {
  const { text, fallback } = viewBody(record);
  const line = (text || fallback || "").slice(0, 4 * MAX_PREVIEW_CHARS).replace(/\s+/g, " ").trim();
  return [...line].slice(0, MAX_PREVIEW_CHARS).join("");
}

function viewQuote(quoted: MessageRecord | null, ownPrimary: string): QuoteView {
  if (!quoted) return { key: null, isOwn: false, kind: "missing", line: "" };
  const isOwn = quoted.from === ownPrimary;
  const { kind } = viewBody(quoted);
  return { key: messageKey({ id: quoted.id, isOwn }), isOwn, kind, line: previewOf(quoted) };
}

function viewBody(
  { body, deletedAtMs }: Pick<MessageRecord, "body" | "deletedAtMs">,
): Pick<MessageView, "text" | "kind" | "fallback"> {
  if (deletedAtMs !== null) return { text: "", kind: "deleted", fallback: null };
  return isKnownBody(body) && body.kind === "text"
    ? { text: body.text, kind: "text", fallback: null }
    : { text: "", kind: "unsupported", fallback: body.fallback ?? null };
}
