import * as v from "valibot";
import { bytesToHex, decodeHex, isHex, utf8ToBytes } from "./bytes.ts";
import { signEd25519, type VerifyEd25519 } from "./ed25519.ts";
import { ProtocolError } from "./errors.ts";
import { isPrimary, parsePrimary, primaryOf } from "./identity.ts";
import { canonicalBytes, canonicalJson } from "./jcs.ts";

/** The one signature scheme: Ed25519 over JCS of the payload. */
const SIGNATURE_ALG = "ed25519-sha512-jcs";

/** Largest canonical registration, request or chain entry, in bytes. */
export const MAX_DOCUMENT_BYTES = 8 * 1024;

/** Payload members beyond `type` and `version` are kept as received: the signature covers them. */
export type Payload = { type: string; version: number; [member: string]: unknown };

/** A payload with who signed it. (Specification page 1, "Signed documents") */
export interface SignedDocument<P extends Payload = Payload> {
  kez: string;
  payload: P;
  signature: { alg: string; key: string; sig: string };
}

/** Which kind of document is meant: its tag, `payload.type` and version. */
export interface DocumentType {
  tag: string;
  type: string;
  version: number;
}

const Shape = v.looseObject({
  kez: v.string(),
  payload: v.looseObject({ type: v.string(), version: v.number() }),
  signature: v.looseObject({ alg: v.string(), key: v.string(), sig: v.string() }),
});

/**
 * Checks that a JSON value has the members of a signed document, and no more than `maxBytes` canonical bytes.
 *
 * @returns the value itself, untouched
 * @throws ProtocolError `malformed`, `too_large`
 */
export function parseSignedDocument(value: unknown, maxBytes = MAX_DOCUMENT_BYTES): SignedDocument {
  if (!v.is(Shape, value)) {
    throw new ProtocolError(
      "malformed",
      "This is not a signed document: a member is missing or of a wrong type.",
    );
  }
  if (utf8ToBytes(canonicalJson(value)).length > maxBytes) {
    throw new ProtocolError("too_large", `The document is larger than ${maxBytes} bytes.`);
  }
  return value;
}

/** @throws ProtocolError `unsupported_document` where tag, type, version or alg differ */
export function checkDocumentType(document: SignedDocument, expected: DocumentType): void {
  const fits = document.kez === expected.tag && document.payload.type === expected.type &&
    document.payload.version === expected.version && document.signature.alg === SIGNATURE_ALG;
  if (!fits) {
    throw new ProtocolError(
      "unsupported_document",
      `Expected a ${expected.tag} of version ${expected.version}, signed with ${SIGNATURE_ALG}.`,
    );
  }
}

/** @throws ProtocolError `key_mismatch` where the signing key is not `primary`, or that is no valid primary */
export function checkSigner(document: SignedDocument, primary: string): void {
  if (document.signature.key !== primary || !isPrimary(primary)) {
    throw new ProtocolError(
      "key_mismatch",
      "The signing key is not the identity that the document speaks for.",
    );
  }
}

/** Verifies the signature over the payload as received. @throws ProtocolError `bad_signature` */
export async function verifyDocumentSignature(
  document: SignedDocument,
  verifyEd25519: VerifyEd25519,
): Promise<void> {
  const { key, sig } = document.signature;
  const signature = isHex(sig, 64) ? decodeHex(sig) : null;
  const publicKey = parsePrimary(key);
  const message = canonicalBytes(document.payload);
  if (!signature || !(await verifyEd25519({ publicKey, message, signature }))) {
    throw new ProtocolError("bad_signature", "The signature does not match the document.");
  }
}

/** Signs a payload with a 32-byte identity secret. */
export function signDocument<P extends Payload>(
  tag: string,
  { payload, identitySecret }: { payload: P; identitySecret: Uint8Array },
): SignedDocument<P> {
  return {
    kez: tag,
    payload,
    signature: {
      alg: SIGNATURE_ALG,
      key: primaryOf(identitySecret),
      sig: bytesToHex(signEd25519(canonicalBytes(payload), identitySecret)),
    },
  };
}
