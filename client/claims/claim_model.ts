import type { ClaimService } from "../../protocol/claim.ts";
import type { UnreachableReason } from "../../protocol/proof_answer.ts";
import type { ChainPin, InvalidReason } from "../../protocol/sigchain.ts";

/** What a check came to: four outcomes that the screen tells apart. (Specification page 6) */
export type ClaimOutcome = "verified" | "verified_via_server" | "unreachable" | "failed";

/**
 * Why a claim is `unreachable` or `failed`. `token_missing`: the account answered without it. `nobody`: there is no such
 * account. `needs_account`: only a server can fetch it, and only for its own people. `unknown_service`: a newer version
 * knows it.
 */
export type CheckReason =
  | UnreachableReason
  | "token_missing"
  | "nobody"
  | "needs_account"
  | "unknown_service"
  | "no_network";

/** One check of a claim. */
export interface ClaimCheck {
  outcome: ClaimOutcome;
  /** Null where it was verified. */
  reason: CheckReason | null;
  /** When the proof was looked for, in milliseconds since 1970. */
  atMs: number;
}

/** A claim that stands in a chain and is not revoked. */
export interface ClaimView {
  /** Hash of its entry; names it. */
  entry: string;
  service: string;
  subject: string;
  proofUrl: string | null;
  addedAtMs: number;
  /** The last check; null before the first. */
  check: ClaimCheck | null;
}

/** One entry of a chain, as a person reads it. */
export interface ChainEntryView {
  seq: number;
  op: "genesis" | "nostr.link" | "claim.add" | "claim.revoke" | "unknown";
  atMs: number;
  /** Of `claim.add`, and of the claim that is revoked. */
  service?: string;
  subject?: string;
}

/** What a chain is found to be. `newer`: somebody uses operations that this version does not know. */
export type ChainState = "unread" | "empty" | "valid" | "newer" | "invalid";

/** What is wrong with what a server serves: less than was there before, or something else. */
export type ChainWarning = "rollback" | "fork";

/** What is known of somebody's claims on this device. */
export interface ClaimsView {
  state: ChainState;
  /** Where the state is `invalid`. */
  invalidReason: InvalidReason | null;
  warning: ChainWarning | null;
  claims: ClaimView[];
  /** Oldest first. */
  entries: ChainEntryView[];
  /** When the chain was last read from its server; null for never. */
  readAtMs: number | null;
}

/** Under what name the claims of a primary are kept. */
export function claimsName(primary: string): string {
  return `claims ${primary}`;
}

/** A claim that somebody wants to add. */
export interface ClaimWish {
  service: ClaimService;
  /** As claims spell it. */
  subject: string;
  proofUrl: string | null;
}

/** What is remembered of a contact's chain, whoever told it. */
export interface ChainMemory {
  /** How far its server has shown it. */
  seen: ChainPin | null;
  /** What the contact says of it, and was not compared with what its server shows yet. */
  told: ChainPin | null;
  /** What the contact said last, and its server has shown to be so. */
  agreed: ChainPin | null;
  warning: ChainWarning | null;
}

/** What is known of a chain that nobody has spoken of. */
export const EMPTY_CHAIN_MEMORY: ChainMemory = {
  seen: null,
  told: null,
  agreed: null,
  warning: null,
};

/** The part of `Chats` that deals with claims. Peers are those of conversations; the own handle is the owner. */
export interface ClaimsOfPeople {
  /** Grows whenever something else may be known of somebody's claims. */
  readonly claimsRevision: number;
  /** What this device knows of somebody's claims, the own ones included; null where there is no such conversation. */
  claimsOf(peer: string): Promise<ClaimsView | null>;
  /**
   * Reads somebody's list of claims from its server and checks them: all, one, or what is a day old.
   *
   * @throws UserError `no_network`, `server_error` and the like where the list cannot be read; of the own one also
   * `chain_forked`, `chain_broken`
   */
  checkClaims(peer: string, checks: "all" | "due" | { entry: string }): Promise<void>;
  /**
   * Looks for the proof of an own claim, and publishes the claim once it was seen, or where `isUnproven`.
   *
   * @returns what the check came to
   * @throws UserError `chain_forked`, `chain_broken`, `chain_newer`, `chain_full`, `clock_wrong`, `no_network`, …
   */
  addClaim(wish: ClaimWish, options: { isUnproven: boolean }): Promise<ClaimCheck>;
  /**
   * The claims of whoever has a handle, all read and checked now.
   *
   * @throws UserError as {@link checkClaims}, and what a look-up says
   */
  inspectClaims(handle: string): Promise<ClaimsView>;
  /** Takes an own claim back, by its `entry`. @throws UserError, see {@link ClaimsOfPeople.addClaim} */
  revokeClaim(entry: string): Promise<void>;
}
