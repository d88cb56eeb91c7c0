import * as v from "valibot";
import { concatBytes, decodeUtf8, encodeU32, owned, utf8ToBytes } from "./bytes.ts";
import { addrOf } from "./addr.ts";
import { ProtocolError } from "./errors.ts";
import { decodeSealed, encodeSealed, openSealed, type Sealed, sealTo } from "./hpke.ts";
import { primaryOf } from "./identity.ts";
import { canonicalJson, parseJson } from "./jcs.ts";
import { paddedTotal } from "./padding.ts";

/** Largest document that an envelope holds, in bytes; larger content goes as an encrypted blob. */
export const MAX_SEALED_DOCUMENT_BYTES = 32 * 1024;

const LENGTH_BYTES = 4;
const MAX_ENVELOPE_CHARS = 64 * 1024;
const INFO = "kez-chat/envelope/v2";

const VersionShape = v.looseObject({ v: v.number() });
const EnvelopeShape = v.looseObject({ v: v.literal(2), enc: v.string(), ct: v.string() });

/** Plaintext bytes for a document of `documentBytes`: NIP-44's steps, never less than 1,024. (Specification page 2) */
export function paddedLength(documentBytes: number): number {
  return paddedTotal(documentBytes + LENGTH_BYTES);
}

/**
 * Seals a JSON document to a primary: HPKE (RFC 9180) base mode over the padded canonical JSON.
 *
 * @param random 32 random bytes, from which the one-time key is derived; never use them twice
 * @returns the envelope's JSON text, as a nostr event's `content` holds it
 * @throws ProtocolError `too_large` above {@link MAX_SEALED_DOCUMENT_BYTES}, `invalid_primary`, `malformed`
 */
export async function sealEnvelope(
  document: unknown,
  { recipient, random }: { recipient: string; random: Uint8Array },
): Promise<string> {
  const plaintext = pad(utf8ToBytes(canonicalJson(document)));
  // So that an envelope cannot be filed for somebody else.
  const context = { info: INFO, aad: addrOf(recipient) };
  return JSON.stringify(encodeSealed(await sealTo(recipient, { plaintext, random, ...context })));
}

/**
 * Opens an envelope that was sealed to the reader.
 *
 * @returns the document as parsed JSON, not yet verified in any way
 * @throws ProtocolError `malformed`, `unsupported_version`, `undecryptable`, `bad_padding`
 */
export async function openEnvelope(
  content: string,
  { identitySecret }: { identitySecret: Uint8Array },
): Promise<unknown> {
  const sealed = parseEnvelope(content);
  const plaintext = await decrypt(sealed, identitySecret);
  const bytes = unpad(plaintext);
  const text = decodeUtf8(bytes);
  if (text === null) throw new ProtocolError("malformed", "The document is not UTF-8.");
  const document = parseJson(text);
  if (canonicalJson(document) !== text) {
    throw new ProtocolError("malformed", "The document is not canonical JSON.");
  }
  return document;
}

/**
 * True where a text has the shape of an envelope v2. Relays check no more than this.
 */
export function isEnvelope(content: string): boolean {
  try {
    parseEnvelope(content);
    return true;
  } catch (error) {
    if (error instanceof ProtocolError) return false;
    throw error;
  }
}

function parseEnvelope(content: string): Sealed {
  if (content.length > MAX_ENVELOPE_CHARS) {
    throw new ProtocolError("malformed", "The envelope is too large.");
  }
  const value = parseJson(content);
  if (!v.is(VersionShape, value)) throw new ProtocolError("malformed", "This is not an envelope.");
  if (value.v !== 2) {
    throw new ProtocolError(
      "unsupported_version",
      `Envelopes of version ${value.v} cannot be read here.`,
    );
  }
  const sealed = v.is(EnvelopeShape, value) ? decodeSealed(value) : null;
  if (!sealed) {
    throw new ProtocolError("malformed", "The envelope's enc or ct is not what version 2 says.");
  }
  return sealed;
}

async function decrypt(sealed: Sealed, identitySecret: Uint8Array): Promise<Uint8Array> {
  const aad = addrOf(primaryOf(identitySecret));
  const plaintext = await openSealed(sealed, { identitySecret, info: INFO, aad });
  if (!plaintext) {
    throw new ProtocolError("undecryptable", "The envelope was not sealed for this account.");
  }
  return plaintext;
}

function pad(document: Uint8Array): Uint8Array<ArrayBuffer> {
  if (document.length > MAX_SEALED_DOCUMENT_BYTES) {
    throw new ProtocolError(
      "too_large",
      `The message is larger than ${MAX_SEALED_DOCUMENT_BYTES} bytes.`,
    );
  }
  const zeros = new Uint8Array(paddedLength(document.length) - LENGTH_BYTES - document.length);
  return owned(concatBytes(encodeU32(document.length), document, zeros));
}

function unpad(plaintext: Uint8Array): Uint8Array {
  const length = plaintext.length < LENGTH_BYTES
    ? 0
    : new DataView(owned(plaintext).buffer).getUint32(0);
  const end = LENGTH_BYTES + length;
  const isPadded = length > 0 && length <= MAX_SEALED_DOCUMENT_BYTES &&
    plaintext.length === paddedLength(length) &&
    plaintext.subarray(end).every((byte) => byte === 0);
  if (!isPadded) {
    throw new ProtocolError("bad_padding", "The envelope's padding is not what version 2 says.");
  }
  return plaintext.subarray(LENGTH_BYTES, end);
}
