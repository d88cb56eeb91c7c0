import * as v from "valibot";
import { bytesToHex, decodeHex, isHex, utf8ToBytes } from "./bytes.ts";
import { signEd25519, type VerifyEd25519 } from "./ed25519.ts";
import { MAX_SEALED_DOCUMENT_BYTES } from "./envelope.ts";
import { ProtocolError } from "./errors.ts";
import { isPrimary, parsePrimary, primaryOf } from "./identity.ts";
import { formatInstant, parseInstant } from "./instant.ts";
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

/** The payload of a delivery ack. (Specification page 2, "Ack") */
export interface AckPayload extends Payload {
  from: string;
  to: string;
  event_id: string;
  message_id: string;
  kez_sig: string;
  acked_at: string;
}

export type Ack = SignedDocument<AckPayload>;

export const ACK_TYPE: DocumentType = { tag: "ack", type: "kez.chat.ack", version: 1 };

const PayloadShape = v.looseObject({
  from: v.pipe(v.string(), v.check(isPrimary)),
  to: v.pipe(v.string(), v.check(isPrimary)),
  event_id: v.pipe(v.string(), v.check((id) => isHex(id, 32))),
  message_id: v.pipe(v.string(), v.check((id) => isHex(id, 16))),
  kez_sig: v.string(),
  acked_at: v.pipe(v.string(), v.check((text) => parseInstant(text) !== null)),
});

/**
 * Verifies an opened document as an ack to the reader, its own signature and `kez_sig` both by `from`. Whether `from`
 * is the peer of the acked message is the caller's to check.
 *
 * @throws ProtocolError `malformed`, `wrong_recipient`, `bad_signature`
 */
export async function verifyAck(
  value: unknown,
  { reader, verifyEd25519 }: { reader: string; verifyEd25519: VerifyEd25519 },
): Promise<Ack> {
  const document = parseSignedDocument(value, MAX_SEALED_DOCUMENT_BYTES);
  checkDocumentType(document, ACK_TYPE);
  if (!v.is(PayloadShape, document.payload)) {
    throw new ProtocolError("malformed", "The ack lacks a member, or one has a wrong type.");
  }
  const ack = document as Ack;
  const { from, to, event_id, kez_sig } = ack.payload;
  if (to !== reader) throw new ProtocolError("wrong_recipient", "The ack is for somebody else.");
  checkSigner(document, from);
  await verifyDocumentSignature(document, verifyEd25519);
  const signature = isHex(kez_sig, 64) ? decodeHex(kez_sig) : null;
  const publicKey = parsePrimary(from);
  if (
    !signature || !(await verifyEd25519({ publicKey, message: ackedBytes(event_id), signature }))
  ) {
    throw new ProtocolError("bad_signature", "The ack's signature over the event does not verify.");
  }
  return ack;
}

/** Makes the ack of a message that came in the event `eventId`. */
export function signAck(
  { to, eventId, messageId, ackedAtMs }: {
    to: string;
    eventId: string;
    messageId: string;
    ackedAtMs: number;
  },
  identitySecret: Uint8Array,
): Ack {
  const payload: AckPayload = {
    type: ACK_TYPE.type,
    version: ACK_TYPE.version,
    from: primaryOf(identitySecret),
    to,
    event_id: eventId,
    message_id: messageId,
    kez_sig: bytesToHex(signEd25519(ackedBytes(eventId), identitySecret)),
    acked_at: formatInstant(ackedAtMs),
  };
  return signDocument(ACK_TYPE.tag, { payload, identitySecret });
}

function ackedBytes(eventId: string): Uint8Array {
  return utf8ToBytes(`kez-chat/ack/v1:${eventId}`);
}
