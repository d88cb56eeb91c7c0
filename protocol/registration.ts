import * as v from "valibot";
import type { VerifyEd25519 } from "./ed25519.ts";
import { ProtocolError } from "./errors.ts";
import { HANDLE_RULE, isHandle, isReservedHandle } from "./handle.ts";
import { primaryOf } from "./identity.ts";
import { formatInstant, parseInstant } from "./instant.ts";
import { isNostrLink, type NostrLink, signNostrLink } from "./nostr_link.ts";
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

/** How far `created_at` may be from the server's clock. */
export const REGISTRATION_WINDOW_MS = 5 * 60 * 1000;

/** The payload of a handle registration. (Specification page 1) */
export interface RegistrationPayload extends Payload {
  handle: string;
  primary: string;
  server: string;
  created_at: string;
  nostr?: NostrLink;
}

export type Registration = SignedDocument<RegistrationPayload>;

const TYPE: DocumentType = {
  tag: "handle_registration",
  type: "kez.chat.handle_registration",
  version: 1,
};

const PayloadShape = v.looseObject({
  handle: v.string(),
  primary: v.string(),
  server: v.string(),
  created_at: v.string(),
});

/**
 * Verifies a registration in the order of specification page 3, up to and with the nostr link; whether the names are
 * free is the registry's to say.
 *
 * @throws ProtocolError `malformed`, `too_large`, `unsupported_document`, `key_mismatch`, `bad_signature`,
 * `wrong_server`, `invalid_handle`, `reserved_handle`, `stale_timestamp`, `bad_nostr_link`
 */
export async function verifyRegistration(
  value: unknown,
  { server, nowMs, verifyEd25519, isReserved = nobodyKeepsBack }: {
    server: string;
    nowMs: number;
    verifyEd25519: VerifyEd25519;
    /** Whether the server keeps a handle back besides those that are reserved everywhere. */
    isReserved?: (handle: string) => Promise<boolean>;
  },
): Promise<Registration> {
  const registration = await verifySigned(value, verifyEd25519);
  const { payload } = registration;
  checkServer(payload.server, server);
  checkHandle(payload.handle);
  if (await isReserved(payload.handle)) throw reservedHandle();
  const createdMs = parseInstant(payload.created_at);
  if (createdMs === null || Math.abs(nowMs - createdMs) > REGISTRATION_WINDOW_MS) {
    throw new ProtocolError(
      "stale_timestamp",
      "created_at is more than 5 minutes from this server's time. Check the clock of your device and try again.",
    );
  }
  if ("nostr" in payload) checkNostrLink(payload.nostr, payload.primary);
  return registration;
}

/**
 * Verifies the registration that a look-up shows: proof that `primary` once asked for this handle on this server. It
 * may be of any age.
 *
 * @throws ProtocolError `malformed`, `too_large`, `unsupported_document`, `key_mismatch`, `bad_signature`,
 * `wrong_server`, `invalid_handle`, `reserved_handle`, `bad_nostr_link`
 */
export async function verifyRegistrationProof(
  value: unknown,
  { handle, server, primary, verifyEd25519 }: {
    handle: string;
    server: string;
    primary: string;
    verifyEd25519: VerifyEd25519;
  },
): Promise<Registration> {
  const registration = await verifySigned(value, verifyEd25519);
  const { payload } = registration;
  if (payload.primary !== primary) {
    throw new ProtocolError("key_mismatch", "The registration is by another identity.");
  }
  checkServer(payload.server, server);
  checkHandle(payload.handle);
  if (payload.handle !== handle) {
    throw new ProtocolError("invalid_handle", "The registration is for another handle.");
  }
  if ("nostr" in payload) checkNostrLink(payload.nostr, primary);
  return registration;
}

/** Makes a registration that links the nostr key as well. `createdAtMs` is in milliseconds since 1970. */
export function signRegistration(
  { handle, server, createdAtMs, identitySecret, nostrSecret, random }: {
    handle: string;
    server: string;
    createdAtMs: number;
    identitySecret: Uint8Array;
    nostrSecret: Uint8Array;
    /** 32 random bytes, BIP-340's auxiliary randomness. */
    random: Uint8Array;
  },
): Registration {
  const primary = primaryOf(identitySecret);
  const nostr = signNostrLink(primary, { nostrSecret, random });
  const payload: RegistrationPayload = {
    type: TYPE.type,
    version: TYPE.version,
    handle,
    primary,
    server,
    created_at: formatInstant(createdAtMs),
    nostr,
  };
  return signDocument(TYPE.tag, { payload, identitySecret });
}

/** A registration of the right shape and kind, signed by the primary that it names. */
async function verifySigned(value: unknown, verifyEd25519: VerifyEd25519): Promise<Registration> {
  const document = parseSignedDocument(value);
  if (!v.is(PayloadShape, document.payload)) {
    throw new ProtocolError(
      "malformed",
      "The registration lacks a member, or one has a wrong type.",
    );
  }
  checkDocumentType(document, TYPE);
  const registration = document as Registration;
  checkSigner(document, registration.payload.primary);
  await verifyDocumentSignature(document, verifyEd25519);
  return registration;
}

function checkServer(server: string, expected: string): void {
  if (server !== expected) {
    throw new ProtocolError(
      "wrong_server",
      `This registration is for ${server}; this server is ${expected}.`,
    );
  }
}

function checkHandle(handle: string): void {
  if (!isHandle(handle)) throw new ProtocolError("invalid_handle", HANDLE_RULE);
  if (isReservedHandle(handle)) throw reservedHandle();
}

function reservedHandle(): ProtocolError {
  return new ProtocolError("reserved_handle", "This handle is reserved. Choose another one.");
}

const nobodyKeepsBack = () => Promise.resolve(false);

function checkNostrLink(link: unknown, primary: string): void {
  if (!isNostrLink(link, primary)) {
    throw new ProtocolError(
      "bad_nostr_link",
      "The nostr key's signature over the identity does not verify.",
    );
  }
}
