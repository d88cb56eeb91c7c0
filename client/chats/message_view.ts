import { isKnownBody, type MessageBody } from "../../protocol/message_body.ts";
import type { MessageRecord } from "../storage/chat_records.ts";
import { expiresInS, isTimed } from "./disappearing.ts";
import type { MessageView } from "./model.ts";

const MAX_PREVIEW_CHARS = 160;

/** Names a message within the conversation's two sides. */
export function messageKey({ id, isOwn }: { id: string; isOwn: boolean }): string {
  return `${isOwn ? "own" : "peer"}-${id}`;
}

/** What a thread shows of a message. */
export function viewMessage(record: MessageRecord, ownPrimary: string): MessageView {
  const isOwn = record.from === ownPrimary;
  return {
    key: messageKey({ id: record.id, isOwn }),
    id: record.id,
    isOwn,
    ...viewBody(record.body),
    atMs: record.atMs,
    status: record.status,
    failure: record.failure,
    ...(isTimed(record.body) ? { expiresInS: expiresInS(record.body) } : {}),
  };
}

/** A body in one line for the conversation list; empty where there is nothing to read. */
export function previewOf(body: MessageBody): string {
  const { text, fallback } = viewBody(body);
  const line = (text || fallback || "").slice(0, 4 * MAX_PREVIEW_CHARS).replace(/\s+/g, " ").trim();
  return [...line].slice(0, MAX_PREVIEW_CHARS).join("");
}

function viewBody(body: MessageBody): Pick<MessageView, "text" | "kind" | "fallback"> {
  return isKnownBody(body) && body.kind === "text"
    ? { text: body.text, kind: "text", fallback: null }
    : { text: "", kind: "unsupported", fallback: body.fallback ?? null };
}
