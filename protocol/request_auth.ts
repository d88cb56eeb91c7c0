import { sha256 } from "@noble/hashes/sha2.js";
import * as v from "valibot";
import { bytesToHex, decodeBase64url, decodeUtf8, encodeBase64url, isHex } from "./bytes.ts";
import type { VerifyEd25519 } from "./ed25519.ts";
import { ProtocolError } from "./errors.ts";
import { primaryOf } from "./identity.ts";
import { formatInstant, parseInstant } from "./instant.ts";
import { canonicalBytes, parseJson } from "./jcs.ts";
import {
  checkDocumentType,
  checkSigner,
  type DocumentType,
  MAX_DOCUMENT_BYTES,
  parseSignedDocument,
  type Payload,
  signDocument,
  verifyDocumentSignature,
} from "./signed_document.ts";

/** How far `created_at` may be from the server's clock. */
export const REQUEST_WINDOW_MS = 5 * 60 * 1000;

const SCHEME = "Kez ";

const TYPE: DocumentType = { tag: "request", type: "kez.chat.request", version: 1 };

/** The request as it is on the wire: upper-case method, WHATWG `pathname + search`, the raw body or null when empty. */
export interface RequestToAuthorize {
  server: string;
  method: string;
  path: string;
  body: Uint8Array | null;
}

/** Who calls, and the nonce that the server must remember for 10 minutes. */
export interface AuthorizedRequest {
  primary: string;
  nonce: string;
  createdAtMs: number;
}

interface RequestPayload extends Payload {
  primary: string;
  server: string;
  method: string;
  path: string;
  body_sha256: string | null;
  created_at: string;
  nonce: string;
}

const PayloadShape = v.looseObject({
  primary: v.string(),
  server: v.string(),
  method: v.string(),
  path: v.string(),
  body_sha256: v.nullable(v.string()),
  created_at: v.string(),
  nonce: v.string(),
});

/** The value of the `Authorization` header for a request. `nonce` is 32 random hex. */
export function authorizeRequest(
  request: RequestToAuthorize,
  { identitySecret, nowMs, nonce }: { identitySecret: Uint8Array; nowMs: number; nonce: string },
): string {
  const payload: RequestPayload = {
    type: TYPE.type,
    version: TYPE.version,
    primary: primaryOf(identitySecret),
    server: request.server,
    method: request.method,
    path: request.path,
    body_sha256: bodyDigest(request.body),
    created_at: formatInstant(nowMs),
    nonce,
  };
  return SCHEME +
    encodeBase64url(canonicalBytes(signDocument(TYPE.tag, { payload, identitySecret })));
}

/**
 * Verifies an `Authorization` header against the request it came with. The caller refuses a nonce it has seen.
 *
 * @throws ProtocolError `unauthorized`, with the reason in its message
 */
export async function verifyRequestAuthorization(
  header: string | null,
  { request, nowMs, verifyEd25519 }: {
    request: RequestToAuthorize;
    nowMs: number;
    verifyEd25519: VerifyEd25519;
  },
): Promise<AuthorizedRequest> {
  try {
    return await verify(header, { request, nowMs, verifyEd25519 });
  } catch (error) {
    if (!(error instanceof ProtocolError) || error.code === "unauthorized") throw error;
    throw new ProtocolError("unauthorized", `The authorization is not valid. ${error.message}`, {
      cause: error,
    });
  }
}

async function verify(
  header: string | null,
  { request, nowMs, verifyEd25519 }: {
    request: RequestToAuthorize;
    nowMs: number;
    verifyEd25519: VerifyEd25519;
  },
): Promise<AuthorizedRequest> {
  const document = parseSignedDocument(decodeHeader(header));
  if (!v.is(PayloadShape, document.payload)) {
    throw unauthorized("A member is missing or of a wrong type.");
  }
  checkDocumentType(document, TYPE);
  const payload = document.payload as RequestPayload;
  checkSigner(document, payload.primary);
  await verifyDocumentSignature(document, verifyEd25519);
  checkFits(payload, request);
  const createdMs = parseInstant(payload.created_at);
  if (createdMs === null || Math.abs(nowMs - createdMs) > REQUEST_WINDOW_MS) {
    throw unauthorized("created_at is more than 5 minutes from this server's time.");
  }
  if (!isHex(payload.nonce, 16)) throw unauthorized("nonce must be 32 hex.");
  return { primary: payload.primary, nonce: payload.nonce, createdAtMs: createdMs };
}

function decodeHeader(header: string | null): unknown {
  if (!header?.startsWith(SCHEME)) {
    throw unauthorized("Sign the request: Authorization: Kez <document>.");
  }
  const encoded = header.slice(SCHEME.length);
  if (encoded.length > MAX_DOCUMENT_BYTES * 2) {
    throw unauthorized("The authorization is too large.");
  }
  const bytes = decodeBase64url(encoded);
  const text = bytes && decodeUtf8(bytes);
  if (!text) throw unauthorized("The authorization is not base64url of JSON.");
  return parseJson(text);
}

function checkFits(payload: RequestPayload, request: RequestToAuthorize): void {
  const wrong = payload.server !== request.server
    ? "server"
    : payload.method !== request.method
    ? "method"
    : payload.path !== request.path
    ? "path"
    : payload.body_sha256 !== bodyDigest(request.body)
    ? "body_sha256"
    : null;
  if (wrong) throw unauthorized(`The signed ${wrong} is not that of this request.`);
}

function bodyDigest(body: Uint8Array | null): string | null {
  return body && body.length > 0 ? bytesToHex(sha256(body)) : null;
}

function unauthorized(message: string): ProtocolError {
  return new ProtocolError("unauthorized", message);
}
