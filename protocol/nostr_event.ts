import { schnorr } from "@noble/curves/secp256k1.js";
import { getEventHash, type NostrEvent, serializeEvent } from "nostr-tools/pure";
import { bytesToHex, decodeHex, isHex } from "./bytes.ts";
import { malformed } from "./errors.ts";
import { nostrPubkeyOf } from "./identity.ts";

/** A signed nostr event. (NIP-01) */
export type { NostrEvent };

/** What an event says before it has an author, an id and a signature. `created_at` is in Unix seconds. */
export interface EventTemplate {
  kind: number;
  created_at: number;
  tags: string[][];
  content: string;
}

/** Event kinds that kez-chat gives a meaning. (Specification page 4) */
export const KIND = {
  profile: 0,
  /** Deletion request. (NIP-09) */
  deletion: 5,
  /** Reposts, of a note and of anything else. (NIP-18) */
  repost: 6,
  genericRepost: 16,
  /** Request to vanish. (NIP-62) */
  vanish: 62,
  /** Legacy direct message. (NIP-04) */
  directMessage: 4,
  /** Gift wrap, and its ephemeral twin. (NIP-59) */
  giftWrap: 1059,
  ephemeralGiftWrap: 21059,
  relayList: 10002,
  /** Mail that a person would want to be told of. */
  message: 4243,
  /** Acks, receipts, self-copies: never raises a push. */
  quiet: 4244,
  auth: 22242,
  /** Authorization of a call to a blob server. (BUD-01) */
  blobAuth: 24242,
  typing: 24243,
  /** HTTP authorization. (NIP-98) */
  httpAuth: 27235,
} as const;

/**
 * Checks the types of every member of an event, not its id or signature. (NIP-01)
 *
 * @throws ProtocolError `malformed`, its message naming the member
 */
export function parseEvent(value: unknown): NostrEvent {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw malformed("an event is an object");
  }
  const event = value as Record<string, unknown>;
  if (typeof event.id !== "string" || !isHex(event.id, 32)) {
    throw malformed("id must be 64 lower-case hex");
  }
  if (typeof event.pubkey !== "string" || !isHex(event.pubkey, 32)) {
    throw malformed("pubkey must be 64 lower-case hex");
  }
  if (typeof event.sig !== "string" || !isHex(event.sig, 64)) {
    throw malformed("sig must be 128 lower-case hex");
  }
  if (!isCount(event.created_at)) {
    throw malformed("created_at must be Unix seconds");
  }
  if (!isCount(event.kind, 65_535)) throw malformed("kind must be an integer from 0 to 65535");
  if (typeof event.content !== "string") throw malformed("content must be a string");
  if (!Array.isArray(event.tags) || !event.tags.every(isTag)) {
    throw malformed("tags must be arrays of strings");
  }
  return event as unknown as NostrEvent;
}

/** Hex SHA-256 of the event's NIP-01 serialisation: what `id` must be. */
export function eventId(event: Omit<NostrEvent, "id" | "sig">): string {
  return getEventHash(event);
}

/** The text whose SHA-256 is the event's id. (NIP-01) */
export function eventPreimage(event: Omit<NostrEvent, "id" | "sig">): string {
  return serializeEvent(event);
}

/** How a relay keeps events of a kind. (NIP-01) */
export type KindClass = "regular" | "replaceable" | "ephemeral" | "addressable";

/** The class of a kind. (NIP-01) */
export function kindClass(kind: number): KindClass {
  if (kind === 0 || kind === 3 || (kind >= 10_000 && kind < 20_000)) return "replaceable";
  if (kind >= 20_000 && kind < 30_000) return "ephemeral";
  return kind >= 30_000 && kind < 40_000 ? "addressable" : "regular";
}

/** `<kind>:<pubkey>:<d>`, of which only the newest event is kept; null for other classes of kinds. (NIP-01) */
export function eventAddress(
  event: Pick<NostrEvent, "kind" | "pubkey" | "tags">,
): string | null {
  const kept = kindClass(event.kind);
  if (kept === "replaceable") return `${event.kind}:${event.pubkey}:`;
  return kept === "addressable"
    ? `${event.kind}:${event.pubkey}:${tagValue(event, "d") ?? ""}`
    : null;
}

/** Sorts newest first, ties by lowest id; also says which of two replaceable events wins. (NIP-01) */
export function compareNewestFirst(
  a: Pick<NostrEvent, "created_at" | "id">,
  b: Pick<NostrEvent, "created_at" | "id">,
): number {
  return b.created_at - a.created_at || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

/** True where the id is the event's hash and the signature its author's, by noble. */
export function verifyEvent(event: NostrEvent): boolean {
  if (eventId(event) !== event.id) return false;
  return schnorr.verify(decodeHex(event.sig)!, decodeHex(event.id)!, decodeHex(event.pubkey)!);
}

/** Signs a template. `random` is 32 random bytes, BIP-340's auxiliary randomness. */
export function signEvent(
  template: EventTemplate,
  { nostrSecret, random }: { nostrSecret: Uint8Array; random: Uint8Array },
): NostrEvent {
  const unsigned = { ...template, pubkey: nostrPubkeyOf(nostrSecret) };
  const id = eventId(unsigned);
  return { ...unsigned, id, sig: bytesToHex(schnorr.sign(decodeHex(id)!, nostrSecret, random)) };
}

/** The first value of the first tag with a name, or null. */
export function tagValue(event: Pick<NostrEvent, "tags">, name: string): string | null {
  return event.tags.find((tag) => tag[0] === name)?.[1] ?? null;
}

/** True for a whole number from 0 to `max`. */
export function isCount(value: unknown, max = Number.MAX_SAFE_INTEGER): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= max;
}

function isTag(tag: unknown): boolean {
  return Array.isArray(tag) && tag.length > 0 && tag.every((part) => typeof part === "string");
}
