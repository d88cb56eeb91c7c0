import { sha256 } from "@noble/hashes/sha2.js";
import * as v from "valibot";
import { bytesToHex } from "./bytes.ts";
import type { VerifyEd25519 } from "./ed25519.ts";
import { ProtocolError } from "./errors.ts";
import { primaryOf } from "./identity.ts";
import { formatInstant } from "./instant.ts";
import { canonicalBytes } from "./jcs.ts";
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

/** The payload of a chain's entry. (Specification page 6) */
export interface EntryPayload extends Payload {
  primary: string;
  /** 0, 1, … */
  seq: number;
  /** Hash of the entry before; null for seq 0. */
  prev: string | null;
  created_at: string;
  op: string;
  body: Record<string, unknown>;
  /** True: a reader that does not know `op` passes over the entry. */
  ignorable?: boolean;
}

export type SigchainEntry = SignedDocument<EntryPayload>;

const TYPE: DocumentType = { tag: "sigchain_entry", type: "kez.sigchain.entry", version: 1 };

const PayloadShape = v.looseObject({
  primary: v.string(),
  seq: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  prev: v.nullable(v.string()),
  created_at: v.string(),
  op: v.string(),
  body: v.looseObject({}),
  ignorable: v.optional(v.boolean()),
});

/**
 * Checks that a value is an entry of `primary`'s chain, and signed by it; where it stands in the chain is for
 * `sigchain.ts` to say.
 *
 * @throws ProtocolError `malformed`, `too_large`, `unsupported_document`, `key_mismatch`, `bad_signature`
 */
export async function verifySigchainEntry(
  value: unknown,
  { primary, verifyEd25519 }: { primary: string; verifyEd25519: VerifyEd25519 },
): Promise<SigchainEntry> {
  const document = parseSignedDocument(value);
  const isWhole = v.is(PayloadShape, document.payload) && hasNothingUnsigned(document);
  if (!isWhole) {
    throw new ProtocolError(
      "malformed",
      "The entry lacks a member, has one of a wrong type, or one that its signature does not cover.",
    );
  }
  checkDocumentType(document, TYPE);
  const entry = document as SigchainEntry;
  if (entry.payload.primary !== primary) {
    throw new ProtocolError("key_mismatch", "The entry is of another identity's chain.");
  }
  checkSigner(entry, primary);
  await verifyDocumentSignature(entry, verifyEd25519);
  return entry;
}

/** Signs an entry. `createdAtMs` is in milliseconds since 1970. */
export function signSigchainEntry(
  { op, body, ignorable }: { op: string; body: Record<string, unknown>; ignorable?: true },
  { seq, prev, createdAtMs, identitySecret }: {
    seq: number;
    prev: string | null;
    createdAtMs: number;
    identitySecret: Uint8Array;
  },
): SigchainEntry {
  const payload: EntryPayload = {
    type: TYPE.type,
    version: TYPE.version,
    primary: primaryOf(identitySecret),
    seq,
    prev,
    created_at: formatInstant(createdAtMs),
    op,
    body,
    ...(ignorable && { ignorable }),
  };
  return signDocument(TYPE.tag, { payload, identitySecret });
}

/** Hash of an entry: hex SHA-256 of the whole document's JCS. (Specification page 6) */
export function entryHash(entry: SigchainEntry): string {
  return bytesToHex(sha256(canonicalBytes(entry)));
}

/**
 * Whatever stood beside the payload would change the hash of an entry, and nobody would have signed it: a server
 * could give one entry many hashes.
 */
function hasNothingUnsigned(document: SignedDocument): boolean {
  return Object.keys(document).length === 3 && Object.keys(document.signature).length === 3;
}
