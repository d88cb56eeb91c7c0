import * as v from "valibot";
import { decodeBase64url, isHex } from "./bytes.ts";
import { ProtocolError } from "./errors.ts";
import { isLoopbackServer } from "./handle.ts";

/** A grapheme can be heaped up to any length; no emoji is longer. UTF-16 units. */
const MAX_EMOJI_CHARS = 64;

/** Bounds of what an attachment says of its file, in UTF-16 units. A thumbhash has 25 bytes at most, a waveform 64. */
export const MAX_NAME_CHARS = 255;
const MAX_MIME_CHARS = 127;
const MAX_URL_CHARS = 2_048;
const MAX_THUMBHASH_CHARS = 40;
const MAX_WAVEFORM_CHARS = 86;

const hex = (bytes: number) => v.pipe(v.string(), v.check((text) => isHex(text, bytes)));
const base64url = (bytes: number) =>
  v.pipe(v.string(), v.check((text) => decodeBase64url(text)?.length === bytes));
const natural = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const positive = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const messageId = hex(16);
const jsonObject = v.custom<Record<string, unknown>>((value) =>
  typeof value === "object" && value !== null && !Array.isArray(value)
);
const fallback = v.optional(v.string());

const Text = v.looseObject({
  kind: v.literal("text"),
  text: v.pipe(v.string(), v.nonEmpty()),
  reply_to: v.optional(messageId),
  expires_in: v.optional(positive),
  fallback,
});
const Attachment = v.looseObject({
  kind: v.literal("attachment"),
  url: v.pipe(v.string(), v.maxLength(MAX_URL_CHARS), v.check(isFileUrl)),
  sha256: hex(32),
  key: base64url(32),
  nonce: base64url(12),
  name: v.pipe(v.string(), v.maxLength(MAX_NAME_CHARS)),
  mime: v.pipe(v.string(), v.maxLength(MAX_MIME_CHARS)),
  size: natural,
  width: v.optional(positive),
  height: v.optional(positive),
  thumbhash: v.optional(v.pipe(v.string(), v.maxLength(MAX_THUMBHASH_CHARS))),
  duration_ms: v.optional(natural),
  waveform: v.optional(v.pipe(v.string(), v.maxLength(MAX_WAVEFORM_CHARS))),
  caption: v.optional(v.string()),
  reply_to: v.optional(messageId),
  expires_in: v.optional(positive),
  fallback,
});
const Reaction = v.looseObject({
  kind: v.literal("reaction"),
  target: messageId,
  emoji: v.pipe(
    v.string(),
    v.maxLength(MAX_EMOJI_CHARS),
    v.check((text) => text === "" || isOneGrapheme(text)),
  ),
  fallback,
});
const Edit = v.looseObject({
  kind: v.literal("edit"),
  target: messageId,
  text: v.pipe(v.string(), v.nonEmpty()),
  fallback,
});
const Delete = v.looseObject({ kind: v.literal("delete"), target: messageId, fallback });
const Receipt = v.looseObject({
  kind: v.literal("receipt"),
  status: v.literal("read"),
  targets: v.array(messageId),
  fallback,
});
const ProfileKey = v.looseObject({
  kind: v.literal("profile_key"),
  salt: hex(16),
  key: base64url(32),
  fallback,
});
const Sync = v.looseObject({ kind: v.literal("sync"), state: jsonObject, fallback });

/** Alone in events of kind 24243, and never kept. */
const Typing = v.looseObject({ kind: v.literal("typing"), fallback });

const KnownBody = v.variant("kind", [
  Text,
  Attachment,
  Reaction,
  Edit,
  Delete,
  Receipt,
  ProfileKey,
  Sync,
  Typing,
]);
const AnyBody = v.looseObject({ kind: v.string(), fallback });

/** A body whose kind this version knows. (Specification page 2, "Message") */
export type KnownMessageBody = v.InferOutput<typeof KnownBody>;
export type AttachmentBody = v.InferOutput<typeof Attachment>;

/** A body of a later version: shown by its fallback. */
export interface UnknownMessageBody {
  kind: string;
  fallback?: string;
}

export type MessageBody = KnownMessageBody | UnknownMessageBody;

const KNOWN_KINDS: ReadonlySet<string> = new Set(
  KnownBody.options.map((option) => option.entries.kind.literal),
);

/** True where this version knows the body's kind; {@link parseMessageBody} has then checked all its members. */
export function isKnownBody(body: MessageBody): body is KnownMessageBody {
  return KNOWN_KINDS.has(body.kind);
}

/**
 * Checks a message's body. Bodies of unknown kinds pass; known ones must have the members of page 2.
 *
 * @throws ProtocolError `malformed`
 */
export function parseMessageBody(value: unknown): MessageBody {
  const body = v.is(AnyBody, value) ? value : null;
  if (!body || (KNOWN_KINDS.has(body.kind) && !v.is(KnownBody, value))) {
    throw new ProtocolError(
      "malformed",
      "The message's body lacks a member, or one has a wrong type.",
    );
  }
  return body as MessageBody;
}

/** A host that may be asked: encrypted, or this very machine, as in development; nothing that says who asks. */
function isFileUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, host, username, password } = new URL(text);
  const isPrivate = protocol === "https:" || (protocol === "http:" && isLoopbackServer(host));
  return isPrivate && username === "" && password === "";
}

function isOneGrapheme(text: string): boolean {
  const graphemes = new Intl.Segmenter().segment(text)[Symbol.iterator]();
  return !graphemes.next().done && graphemes.next().done === true;
}
