import {
  type AttachmentBody,
  isKnownBody,
  type MessageBody,
} from "../../../protocol/message_body.ts";
import { fileKindOf } from "../../attachments/file_kind.ts";
import { cleanFileName } from "../../attachments/file_name.ts";
import type { MessageRecord } from "../../storage/chat_records.ts";
import { expiresInS, isTimed } from "../conversation/disappearing.ts";
import type { FileView } from "../model/file_model.ts";
import type { MessageView, QuoteView } from "../model/message_model.ts";

const MAX_PREVIEW_CHARS = 160;

/** Names a message within the conversation's two sides. */
export function messageKey({ id, isOwn }: { id: string; isOwn: boolean }): string {
  return `${isOwn ? "own" : "peer"}-${id}`;
}

/**
 * What a thread shows of a message.
 *
 * @param quoted the message that it answers; null where that is not here (any more)
 * @param upload how much of its file is uploaded; null where none is
 * @param download how much of it is downloaded
 */
export function viewMessage(
  record: MessageRecord,
  ownPrimary: string,
  { quoted = null, upload = null, download = null }: {
    quoted?: MessageRecord | null;
    upload?: number | null;
    download?: number | null;
  } = {},
): MessageView {
  const isOwn = record.from === ownPrimary;
  return {
    key: messageKey({ id: record.id, isOwn }),
    id: record.id,
    isOwn,
    ...viewBody(record),
    ...(upload === null ? {} : { upload }),
    ...(download === null ? {} : { download }),
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
  const { text, fallback, file } = viewBody(record);
  const name = file?.kind === "file" ? file.name : "";
  const line = (text || name || fallback || "").slice(0, 4 * MAX_PREVIEW_CHARS).replace(/\s+/g, " ")
    .trim();
  return [...line].slice(0, MAX_PREVIEW_CHARS).join("");
}

function viewQuote(quoted: MessageRecord | null, ownPrimary: string): QuoteView {
  if (!quoted) return { key: null, isOwn: false, kind: "missing", line: "" };
  const isOwn = quoted.from === ownPrimary;
  const { kind, file } = viewBody(quoted);
  const key = messageKey({ id: quoted.id, isOwn });
  const thumbhash = file?.kind === "picture" ? file.thumbhash : null;
  return {
    key,
    isOwn,
    kind,
    line: previewOf(quoted),
    ...(file ? { file: file.kind } : {}),
    ...(thumbhash ? { thumbhash } : {}),
  };
}

/** What can be searched for in a message. */
export function searchedText(record: Pick<MessageRecord, "body" | "deletedAtMs">): string {
  const { text, file } = viewBody(record);
  if (!file) return text;
  return [text, file.kind === "voice" ? "" : file.name].filter(Boolean).join(" ");
}

function viewBody(
  { body, deletedAtMs }: Pick<MessageRecord, "body" | "deletedAtMs">,
): Pick<MessageView, "text" | "kind" | "fallback" | "file"> {
  if (deletedAtMs !== null) return { text: "", kind: "deleted", fallback: null };
  if (isKnownBody(body) && body.kind === "text") {
    return { text: body.text, kind: "text", fallback: null };
  }
  if (isKnownBody(body) && body.kind === "attachment") {
    return { text: body.caption ?? "", kind: "attachment", fallback: null, file: viewFile(body) };
  }
  return { text: "", kind: "unsupported", fallback: body.fallback ?? null };
}

function viewFile(body: AttachmentBody): FileView {
  const { size, width = null, height = null, thumbhash = null, waveform = null } = body;
  const name = cleanFileName(body.name);
  const durationMs = body.duration_ms ?? null;
  return { kind: fileKindOf(body), name, size, width, height, thumbhash, durationMs, waveform };
}

/** What a message brings, where that is a file; null for none. */
export function fileKindOfMessage(
  record: Pick<MessageRecord, "body" | "deletedAtMs">,
): FileView["kind"] | null {
  return viewBody(record).file?.kind ?? null;
}
