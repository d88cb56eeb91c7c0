import * as v from "valibot";
import { isHex } from "./bytes.ts";
import type { VerifyEd25519 } from "./ed25519.ts";
import { ProtocolError } from "./errors.ts";
import { parseInstant } from "./instant.ts";
import { isNostrLink } from "./nostr_link.ts";
import { entryHash, type SigchainEntry, verifySigchainEntry } from "./sigchain_entry.ts";

/** A server takes no more entries than this. (Specification page 3) */
export const MAX_CHAIN_ENTRIES = 1_000;

/** Why a chain is invalid. (Specification page 6) */
export type InvalidReason =
  | "malformed"
  | "unsupported_document"
  | "key_mismatch"
  | "bad_signature"
  | "no_genesis"
  | "misplaced_genesis"
  | "gap"
  | "fork"
  | "repeated"
  | "bad_link"
  | "bad_time"
  | "bad_body"
  | "bad_nostr_link"
  | "claim_is_live"
  | "unknown_claim"
  | "too_long";

/** An entry that may not stand where it does. */
export class SigchainError extends Error {
  override readonly name = "SigchainError";
  readonly reason: InvalidReason;
  /** Place of the entry in the list, from 0. */
  readonly at: number;

  constructor(reason: InvalidReason, { at, cause }: { at: number; cause?: unknown }) {
    super(`Entry ${at} makes the sigchain invalid: ${reason}`, { cause });
    this.reason = reason;
    this.at = at;
  }
}

/** A claim that is not revoked. */
export interface LiveClaim {
  /** Hash of its `claim.add`. */
  entry: string;
  service: string;
  subject: string;
  proofUrl: string | null;
  createdAtMs: number;
}

/** What the entries say so far. */
export interface Sigchain {
  primary: string;
  /** Hash of every entry, in order; the last one is the head. */
  hashes: readonly string[];
  /** `created_at` of the last entry. */
  lastCreatedAtMs: number;
  /** The fqhn that the genesis names, or null. */
  handle: string | null;
  /** Of the last `nostr.link`, 64 hex, or null. */
  nostr: string | null;
  claims: readonly LiveClaim[];
  /** `seq` of the first entry that only a newer version understands: from there on nothing but the links is known. */
  newerAt: number | null;
}

/** How far somebody has seen a chain. */
export interface ChainPin {
  length: number;
  /** Hash of the last entry; null where the length is 0. */
  head: string | null;
}

/** A chain without entries. */
export function emptySigchain(primary: string): Sigchain {
  return {
    primary,
    hashes: [],
    lastCreatedAtMs: 0,
    handle: null,
    nostr: null,
    claims: [],
    newerAt: null,
  };
}

/** Length and head of a chain, as they are pinned and published. */
export function pinOf({ hashes }: Pick<Sigchain, "hashes">): ChainPin {
  return { length: hashes.length, head: hashes.at(-1) ?? null };
}

/**
 * What a chain is to one who has seen it before: `same` (or longer), `rollback` where it is shorter, `fork` where
 * another entry stands where the pinned head stood.
 */
export function compareWithPin(
  { hashes }: Pick<Sigchain, "hashes">,
  pin: ChainPin,
): "same" | "rollback" | "fork" {
  if (hashes.length < pin.length) return "rollback";
  return pin.length === 0 || hashes[pin.length - 1] === pin.head ? "same" : "fork";
}

/**
 * Verifies entries that follow `chain`, and says what they make of it.
 *
 * @throws SigchainError
 */
export async function replaySigchain(
  chain: Sigchain,
  { entries, verifyEd25519 }: { entries: readonly unknown[]; verifyEd25519: VerifyEd25519 },
): Promise<Sigchain> {
  for (const value of entries) {
    const entry = await verified(value, { chain, verifyEd25519 });
    chain = addEntry(chain, { entry, hash: entryHash(entry) });
  }
  return chain;
}

/**
 * The chain with one more entry, whose signature was verified and whose hash is given.
 *
 * @throws SigchainError
 */
export function addEntry(
  chain: Sigchain,
  { entry, hash }: { entry: SigchainEntry; hash: string },
): Sigchain {
  const at = chain.hashes.length;
  const refuse = (reason: InvalidReason): never => {
    throw new SigchainError(reason, { at });
  };
  const createdAtMs = checkPlace(chain, { entry, hash, refuse });
  const linked = { ...chain, hashes: [...chain.hashes, hash], lastCreatedAtMs: createdAtMs };
  if (chain.newerAt !== null) return linked;
  const apply = OPS.get(entry.payload.op);
  if (apply) return apply(linked, { body: entry.payload.body, hash, createdAtMs, refuse });
  return entry.payload.ignorable === true ? linked : { ...linked, newerAt: at };
}

async function verified(
  value: unknown,
  { chain, verifyEd25519 }: { chain: Sigchain; verifyEd25519: VerifyEd25519 },
): Promise<SigchainEntry> {
  try {
    return await verifySigchainEntry(value, { primary: chain.primary, verifyEd25519 });
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause;
    const reason = REASON_OF.get(cause.code) ?? "malformed";
    throw new SigchainError(reason, { at: chain.hashes.length, cause });
  }
}

const REASON_OF: ReadonlyMap<string, InvalidReason> = new Map(
  (["unsupported_document", "key_mismatch", "bad_signature"] as const).map((code) => [code, code]),
);

type Refuse = (reason: InvalidReason) => never;

/** Checks number, link and time. Returns the time. */
function checkPlace(
  { hashes, lastCreatedAtMs }: Sigchain,
  { entry: { payload }, hash, refuse }: { entry: SigchainEntry; hash: string; refuse: Refuse },
): number {
  const { seq, prev, op } = payload;
  const length = hashes.length;
  if (length === 0 && (seq !== 0 || op !== "genesis")) refuse("no_genesis");
  if (seq < length) refuse(hashes[seq] === hash ? "repeated" : "fork");
  if (seq > length) refuse("gap");
  if (length >= MAX_CHAIN_ENTRIES) refuse("too_long");
  if (prev !== (hashes.at(-1) ?? null)) refuse("bad_link");
  if (length > 0 && op === "genesis") refuse("misplaced_genesis");
  const createdAtMs = parseInstant(payload.created_at);
  if (createdAtMs === null || (length > 0 && createdAtMs < lastCreatedAtMs)) {
    return refuse("bad_time");
  }
  return createdAtMs;
}

interface OpContext {
  body: unknown;
  hash: string;
  createdAtMs: number;
  refuse: Refuse;
}

const GenesisBody = v.looseObject({ handle: v.nullable(v.string()) });
const AddBody = v.looseObject({
  service: v.string(),
  subject: v.string(),
  proof_url: v.nullable(v.string()),
});
const RevokeBody = v.looseObject({ entry: v.pipe(v.string(), v.check((text) => isHex(text, 32))) });

/** What each operation makes of a chain. (Specification page 6) */
const OPS: ReadonlyMap<string, (chain: Sigchain, context: OpContext) => Sigchain> = new Map([
  ["genesis", (chain, { body, refuse }) => {
    if (!v.is(GenesisBody, body)) return refuse("bad_body");
    return { ...chain, handle: body.handle };
  }],
  ["nostr.link", (chain, { body, refuse }) => {
    if (!isNostrLink(body, chain.primary)) return refuse("bad_nostr_link");
    return { ...chain, nostr: body.pubkey };
  }],
  ["claim.add", (chain, { body, hash, createdAtMs, refuse }) => {
    if (!v.is(AddBody, body)) return refuse("bad_body");
    const { service, subject, proof_url: proofUrl } = body;
    const isLive = chain.claims.some((claim) =>
      claim.service === service && claim.subject === subject
    );
    if (isLive) return refuse("claim_is_live");
    const claim = { entry: hash, service, subject, proofUrl, createdAtMs };
    return { ...chain, claims: [...chain.claims, claim] };
  }],
  ["claim.revoke", (chain, { body, refuse }) => {
    if (!v.is(RevokeBody, body)) return refuse("bad_body");
    const claims = chain.claims.filter(({ entry }) => entry !== body.entry);
    if (claims.length === chain.claims.length) return refuse("unknown_claim");
    return { ...chain, claims };
  }],
]);
