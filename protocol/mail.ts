import { type Ack, ACK_TYPE, verifyAck } from "./ack.ts";
import type { VerifyEd25519 } from "./ed25519.ts";
import { openEnvelope, sealEnvelope } from "./envelope.ts";
import { ProtocolError } from "./errors.ts";
import { addrOf } from "./addr.ts";
import { primaryOf } from "./identity.ts";
import { type Message, verifyMessage } from "./message.ts";
import { KIND, type NostrEvent, signEvent } from "./nostr_event.ts";

/** What came out of an envelope, verified. */
export type OpenedMail = { type: "message"; message: Message } | { type: "ack"; ack: Ack };

/**
 * Opens and verifies what an event of kind 4243 or 4244 holds, in the order of specification page 2.
 *
 * @throws ProtocolError `malformed`, `unsupported_version`, `undecryptable`, `bad_padding`, `wrong_recipient`,
 * `bad_signature`, `stale`, `from_future`
 */
export async function openMail(
  event: Pick<NostrEvent, "content" | "created_at">,
  { identitySecret, nowMs, verifyEd25519 }: {
    identitySecret: Uint8Array;
    nowMs: number;
    verifyEd25519: VerifyEd25519;
  },
): Promise<OpenedMail> {
  const document = await openEnvelope(event.content, { identitySecret });
  const reader = primaryOf(identitySecret);
  try {
    if (tagOf(document) === ACK_TYPE.tag) {
      return { type: "ack", ack: await verifyAck(document, { reader, verifyEd25519 }) };
    }
    const check = { reader, eventCreatedAtS: event.created_at, nowMs, verifyEd25519 };
    return { type: "message", message: await verifyMessage(document, check) };
  } catch (error) {
    throw asOpeningError(error);
  }
}

/**
 * Seals a document to a reader and signs the event that carries it, with a one-time key where no author is given.
 *
 * @param authorSecret the nostr key of an author who agreed to be seen by the relay
 * @param expiresAtS when relays may forget the event, in Unix seconds; without it that is theirs to choose (NIP-40)
 * @param randomBytes draws fresh random bytes, for the envelope and for the event's author
 * @throws ProtocolError `too_large`, `invalid_primary`
 */
export async function sealMail(
  document: Message | Ack,
  { reader, kind, createdAtS, expiresAtS, authorSecret, randomBytes }: {
    reader: string;
    kind: typeof KIND.message | typeof KIND.quiet | typeof KIND.typing;
    createdAtS: number;
    expiresAtS?: number;
    authorSecret?: Uint8Array;
    randomBytes(length: number): Uint8Array;
  },
): Promise<NostrEvent> {
  const content = await sealEnvelope(document, { recipient: reader, random: randomBytes(32) });
  const tags = [["q", addrOf(reader)]];
  if (expiresAtS !== undefined) tags.push(["expiration", String(expiresAtS)]);
  const template = { kind, created_at: createdAtS, tags, content };
  const nostrSecret = authorSecret ?? randomBytes(32);
  return signEvent(template, { nostrSecret, random: randomBytes(32) });
}

function tagOf(document: unknown): unknown {
  return typeof document === "object" && document !== null
    ? (document as { kez?: unknown }).kez
    : null;
}

/** An envelope is opened or not: how a document failed to be a message is all `malformed` or `bad_signature`. */
function asOpeningError(error: unknown): unknown {
  if (!(error instanceof ProtocolError)) return error;
  const code = error.code === "key_mismatch"
    ? "bad_signature"
    : error.code === "unsupported_document" || error.code === "too_large"
    ? "malformed"
    : error.code;
  return code === error.code ? error : new ProtocolError(code, error.message, { cause: error });
}
