import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256, HpkeError } from "@hpke/core";
import * as v from "valibot";
import {
  concatBytes,
  decodeBase64url,
  decodeUtf8,
  encodeBase64url,
  encodeU32,
  owned,
  utf8ToBytes,
} from "./bytes.ts";
import { addrOf } from "./addr.ts";
import { ProtocolError } from "./errors.ts";
import { agreementPublicKey, agreementSecretKey, primaryOf } from "./identity.ts";
import { canonicalJson, parseJson } from "./jcs.ts";

/** Largest document that an envelope holds, in bytes; larger content goes as an encrypted blob. */
export const MAX_SEALED_DOCUMENT_BYTES = 32 * 1024;

const MIN_PLAINTEXT_BYTES = 1024;
const LENGTH_BYTES = 4;
const ENC_BYTES = 32;
const TAG_BYTES = 16;
const MAX_ENVELOPE_CHARS = 64 * 1024;
const INFO = owned(utf8ToBytes("kez-chat/envelope/v2"));

const suite = new CipherSuite({
  kem: new DhkemX25519HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new Aes256Gcm(),
});

const VersionShape = v.looseObject({ v: v.number() });
const EnvelopeShape = v.looseObject({ v: v.literal(2), enc: v.string(), ct: v.string() });

/** The bytes of an envelope, shape checked, still sealed. */
interface SealedBytes {
  enc: Uint8Array<ArrayBuffer>;
  ciphertext: Uint8Array<ArrayBuffer>;
}

/** Plaintext bytes for a document of `documentBytes`: NIP-44's steps, never less than 1,024. (Specification page 2) */
export function paddedLength(documentBytes: number): number {
  const bytes = Math.max(MIN_PLAINTEXT_BYTES, documentBytes + LENGTH_BYTES);
  const chunk = 2 ** (Math.floor(Math.log2(bytes - 1)) + 1) / 8;
  return chunk * (Math.floor((bytes - 1) / chunk) + 1);
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
  const recipientPublicKey = await suite.kem.deserializePublicKey(
    owned(agreementPublicKey(recipient)),
  );
  const sender = await suite.createSenderContext({
    recipientPublicKey,
    info: INFO,
    ekm: owned(random).buffer,
  });
  const ct = await sender.seal(plaintext, aadFor(recipient));
  return JSON.stringify({
    v: 2,
    enc: encodeBase64url(new Uint8Array(sender.enc)),
    ct: encodeBase64url(new Uint8Array(ct)),
  });
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

function parseEnvelope(content: string): SealedBytes {
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
  const shape = v.is(EnvelopeShape, value) ? value : null;
  const enc = shape && decodeBase64url(shape.enc);
  const ciphertext = shape && decodeBase64url(shape.ct);
  if (!enc || enc.length !== ENC_BYTES || !ciphertext || ciphertext.length < TAG_BYTES) {
    throw new ProtocolError("malformed", "The envelope's enc or ct is not what version 2 says.");
  }
  return { enc, ciphertext };
}

async function decrypt(sealed: SealedBytes, identitySecret: Uint8Array): Promise<Uint8Array> {
  const secretKey = owned(agreementSecretKey(identitySecret));
  const recipientKey = await suite.kem.importKey("raw", secretKey.buffer, false);
  try {
    const context = await suite.createRecipientContext({
      recipientKey,
      enc: sealed.enc.buffer,
      info: INFO,
    });
    return new Uint8Array(await context.open(sealed.ciphertext, aadFor(primaryOf(identitySecret))));
  } catch (cause) {
    if (!(cause instanceof HpkeError)) throw cause;
    throw new ProtocolError("undecryptable", "The envelope was not sealed for this account.", {
      cause,
    });
  }
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

function aadFor(recipient: string): Uint8Array<ArrayBuffer> {
  return owned(utf8ToBytes(addrOf(recipient)));
}
