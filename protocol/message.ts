import * as v from "valibot";
import type { VerifyEd25519 } from "./ed25519.ts";
import { isHex } from "./bytes.ts";
import { MAX_SEALED_DOCUMENT_BYTES } from "./envelope.ts";
import { ProtocolError } from "./errors.ts";
import { isPrimary } from "./identity.ts";
import { formatInstant, parseInstant } from "./instant.ts";
import { type MessageBody, parseMessageBody } from "./message_body.ts";
import {
  checkDocumentType,
  checkSigner,
  type DocumentType,
  parseSignedDocument,
  type Payload,
  signDocument,
  type SignedDocument,
  verifyDocumentSignature,
} from "./signed_document.ts";

/** A message older than this is refused: the retention of relays. */
export const MAX_MESSAGE_AGE_MS = 30 * 24 * 60 * 60 * 1000;

/** A message further ahead of now than this is refused. */
export const MAX_MESSAGE_AHEAD_MS = 24 * 60 * 60 * 1000;

/** The payload of a message. (Specification page 2) */
export interface MessagePayload extends Payload {
  id: string;
  from: string;
  /** The sender's claim, shown only after its registry agrees. */
  from_handle: string | null;
  to: string;
  sent_at: string;
  body: MessageBody;
  chain?: { length: number; head: string | null };
  /** The code by which the sender was invited, in the first message of an invited person. */
  invite?: unknown;
}

export type Message = SignedDocument<MessagePayload>;

const MESSAGE_TYPE: DocumentType = { tag: "message", type: "kez.chat.message", version: 2 };

const PayloadShape = v.looseObject({
  id: v.pipe(v.string(), v.check((id) => isHex(id, 16))),
  from: v.pipe(v.string(), v.check(isPrimary)),
  from_handle: v.nullable(v.string()),
  to: v.pipe(v.string(), v.check(isPrimary)),
  sent_at: v.pipe(v.string(), v.check((text) => parseInstant(text) !== null)),
  body: v.unknown(),
  chain: v.optional(v.looseObject({
    length: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
    head: v.nullable(v.pipe(v.string(), v.check((head) => isHex(head, 32)))),
  })),
});

/** Who reads, when the event says it was made, and what time it is. */
export interface MessageCheck {
  reader: string;
  eventCreatedAtS: number;
  nowMs: number;
  verifyEd25519: VerifyEd25519;
}

/**
 * Verifies an opened document as a message to the reader, or as the reader's own copy of one it sent.
 *
 * @throws ProtocolError `malformed`, `wrong_recipient`, `bad_signature`, `stale`, `from_future`
 */
export async function verifyMessage(
  value: unknown,
  { reader, eventCreatedAtS, nowMs, verifyEd25519 }: MessageCheck,
): Promise<Message> {
  const message = parseMessage(value);
  const { from, to, sent_at } = message.payload;
  if (to !== reader && from !== reader) {
    throw new ProtocolError("wrong_recipient", "The message is for somebody else.");
  }
  await verifyBySender(message, verifyEd25519);
  for (const timeMs of [parseInstant(sent_at)!, eventCreatedAtS * 1000]) {
    if (timeMs < nowMs - MAX_MESSAGE_AGE_MS) {
      throw new ProtocolError("stale", "The message is over 30 days old.");
    }
    if (timeMs > nowMs + MAX_MESSAGE_AHEAD_MS) {
      throw new ProtocolError("from_future", "The message is dated more than a day ahead.");
    }
  }
  return message;
}

/**
 * Makes a signed message. `id` is 32 random hex; `sentAtMs` milliseconds since 1970; `invite` the code of an invitation;
 * `chain` how far the sender's sigchain goes.
 */
export function signMessage(
  { id, from, fromHandle, to, sentAtMs, body, invite, chain }: {
    id: string;
    from: string;
    fromHandle: string | null;
    to: string;
    sentAtMs: number;
    body: MessageBody;
    invite?: string;
    chain?: { length: number; head: string | null };
  },
  identitySecret: Uint8Array,
): Message {
  const payload: MessagePayload = {
    type: MESSAGE_TYPE.type,
    version: MESSAGE_TYPE.version,
    id,
    from,
    from_handle: fromHandle,
    to,
    sent_at: formatInstant(sentAtMs),
    body: parseMessageBody(body),
    ...(invite === undefined ? {} : { invite }),
    ...(chain === undefined ? {} : { chain }),
  };
  return signDocument(MESSAGE_TYPE.tag, { payload, identitySecret });
}

function parseMessage(value: unknown): Message {
  const document = parseSignedDocument(value, MAX_SEALED_DOCUMENT_BYTES);
  checkDocumentType(document, MESSAGE_TYPE);
  if (!v.is(PayloadShape, document.payload)) {
    throw new ProtocolError("malformed", "The message lacks a member, or one has a wrong type.");
  }
  parseMessageBody(document.payload.body);
  return document as Message;
}

async function verifyBySender(message: Message, verifyEd25519: VerifyEd25519): Promise<void> {
  checkSigner(message, message.payload.from);
  await verifyDocumentSignature(message, verifyEd25519);
}
