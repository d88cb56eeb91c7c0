import { canonicalJson } from "../../protocol/jcs.ts";
import { parseInstant } from "../../protocol/instant.ts";
import type { Registration } from "../../protocol/registration.ts";
import { Problem } from "../problems.ts";
import { type Admission, checkAdmission, type InviteRecord } from "./invites.ts";

/** A handle that somebody has. */
export interface LiveHandle {
  state: "live";
  handle: string;
  primary: string;
  /** 64 hex; kept, because deriving it costs a millisecond and a start reads every handle. */
  addr: string;
  /** 64 hex, or null where the registration links no nostr key. */
  nostr: string | null;
  registeredAtMs: number;
  registration: Registration;
  /** URL of the relay that holds its mail; undefined where there was one relay alone when it was registered. */
  relay?: string;
}

/** A handle that was given up, reserved for the primary that had it. */
export interface ReleasedHandle {
  state: "released";
  handle: string;
  primary: string;
  addr: string;
  /** `created_at` of the last registration. */
  lastCreatedAtMs: number;
  /** `created_at` of the request that released it. */
  releasedAtMs: number;
}

export type HandleRecord = LiveHandle | ReleasedHandle;

/** What storage says about the names that a registration claims, null where a name is free, and about its invite. */
export interface Claims {
  record: HandleRecord | null;
  handleOfPrimary: string | null;
  primaryOfNostr: string | null;
  /** Whether the operator keeps the handle back. */
  isReserved: boolean;
  invite: InviteRecord | null;
}

/**
 * Checks that a verified registration may be stored.
 *
 * @returns the handle where this very document is stored already, whoever may register by now, else null
 * @throws Problem `reserved_handle`, `registration_closed`, `invalid_invite`, `handle_taken`, `primary_taken`, `replayed`,
 * `nostr_taken`, looked for in this order
 */
export function checkRegistration(
  registration: Registration,
  { claims, admission, nowMs }: { claims: Claims; admission: Admission; nowMs: number },
): LiveHandle | null {
  const { handle, primary } = registration.payload;
  const { record } = claims;
  if (record?.state === "live" && isSameDocument(record.registration, registration)) {
    return record;
  }
  if (claims.isReserved) throw reservedHandle();
  checkAdmission(admission, { invite: claims.invite, nowMs });
  if (record?.state === "live" || (record && record.primary !== primary)) {
    throw new Problem("handle_taken", `Somebody has the handle ${handle}. Choose another one.`);
  }
  if (claims.handleOfPrimary !== null && claims.handleOfPrimary !== handle) {
    throw new Problem(
      "primary_taken",
      `This identity is registered as ${claims.handleOfPrimary}, and can have no other handle here.`,
    );
  }
  if (record && !isNewerThanRelease(registration, record)) {
    throw new Problem("replayed", "The handle was released after this was signed. Sign a new one.");
  }
  checkNostrIsFree(registration, claims);
  return null;
}

/**
 * Checks that a verified registration may replace the one that `pathHandle` has.
 *
 * @returns the record that it replaces
 * @throws Problem `malformed`, `unknown_handle`, `forbidden`, `replayed`, `nostr_taken`, looked for in this order
 */
export function checkUpdate(
  registration: Registration,
  { pathHandle, claims }: { pathHandle: string; claims: Claims },
): LiveHandle {
  const { handle, primary } = registration.payload;
  if (handle !== pathHandle) {
    throw new Problem("malformed", "The registration is for another handle than the path names.");
  }
  const { record } = claims;
  if (record?.state !== "live") throw unknownHandle();
  if (record.primary !== primary) {
    throw new Problem("forbidden", "Only the identity that has the handle may change it.");
  }
  if (createdAtMs(registration) <= createdAtMs(record.registration)) {
    throw new Problem("replayed", "A registration as new as this is known. Sign a newer one.");
  }
  checkNostrIsFree(registration, claims);
  return record;
}

/**
 * Checks that `primary` may release a handle; null stands for the operator, who may release any.
 *
 * @throws Problem `unknown_handle`, `forbidden`
 */
export function checkRelease(record: HandleRecord | null, primary: string | null): LiveHandle {
  if (record?.state !== "live") throw unknownHandle();
  if (primary !== null && record.primary !== primary) {
    throw new Problem("forbidden", "Only the identity that has the handle may release it.");
  }
  return record;
}

/** The refusal for a handle or identity that nobody has. */
export function unknownHandle(): Problem {
  return new Problem("unknown_handle", "Nobody has this name here. Check the spelling.");
}

/** The refusal for a handle that the operator keeps back. */
export function reservedHandle(): Problem {
  return new Problem("reserved_handle", "This handle is reserved. Choose another one.");
}

/** `created_at` of a verified registration, in milliseconds since 1970. */
export function createdAtMs(registration: Registration): number {
  const ms = parseInstant(registration.payload.created_at);
  if (ms === null) throw new Error("A verified registration has a valid created_at.");
  return ms;
}

/**
 * The signed document without what its signature does not cover: an invite, or whatever somebody who passed it on
 * added around the payload.
 */
export function signedPart(registration: Registration): Registration {
  const { kez, payload, signature: { alg, key, sig } } = registration;
  return { kez, payload, signature: { alg, key, sig } };
}

function isNewerThanRelease(registration: Registration, released: ReleasedHandle): boolean {
  const ms = createdAtMs(registration);
  // Clients may count in whole seconds: release and new registration can bear the same instant.
  return ms > released.lastCreatedAtMs && ms >= released.releasedAtMs;
}

function isSameDocument(a: Registration, b: Registration): boolean {
  return a.signature.sig === b.signature.sig &&
    canonicalJson(a.payload) === canonicalJson(b.payload);
}

function checkNostrIsFree({ payload }: Registration, { primaryOfNostr }: Claims): void {
  if (primaryOfNostr !== null && primaryOfNostr !== payload.primary) {
    throw new Problem("nostr_taken", "Another identity has this nostr key. Use a key of your own.");
  }
}
