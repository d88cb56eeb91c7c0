import { createHash } from "node:crypto";
import { xOnlyPointFromScalar } from "tiny-secp256k1";
import { bytesToHex, encodeBase64url } from "../../protocol/bytes.ts";
import type { EventTemplate } from "../../protocol/nostr_event.ts";
import type { BenchKey } from "./relay_client.ts";

/** Distinct authors and topics, so that each has far more than 50 events among 200,000. */
export const AUTHORS = 1_000;
export const TOPICS = 2_000;
/** Regular kinds that every relay takes: note, reaction, repost, file, comment, label. */
export const KINDS = [1, 7, 16, 1063, 1111, 1985];
/** Brings an event's JSON to about 1 KB. */
const CONTENT_BYTES = 345;
/** Goes up with each change of what {@link publicEvent} gives: signed events of another version are signed anew. */
export const EVENTS_VERSION = 1;
const MONTH_S = 30 * 86_400;

/** Whole numbers below `below`, the same ones for the same seed. (mulberry32) */
export function seededRandom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6D2B79F5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** The second of the first event: runs of one month have the same events, and none is in the future. */
export function firstSecond(nowMs: number): number {
  const now = new Date(nowMs);
  return Date.UTC(now.getUTCFullYear(), now.getUTCMonth()) / 1000 - MONTH_S;
}

/** What the event with a number says, and which author it is by: one event a second, kinds, authors and tags at random. */
export function publicEvent(
  index: number,
  firstS: number,
): { template: EventTemplate; author: number } {
  const random = seededRandom(index + 1);
  const bytes = (length: number) => Uint8Array.from({ length }, () => random(256));
  const author = random(AUTHORS);
  const tags = [
    ["e", bytesToHex(bytes(32))],
    ["p", authorKey(random(AUTHORS)).pubkey],
    ["t", topicName(random(TOPICS))],
  ];
  const kind = KINDS[random(KINDS.length)]!;
  const content = encodeBase64url(bytes(CONTENT_BYTES));
  return { template: { kind, created_at: firstS + index, tags, content }, author };
}

/** The value of a topic's `t` tag. */
export function topicName(topic: number): string {
  return `topic-${topic}`;
}

const authorKeys = new Map<number, BenchKey>();

/** The key of an author, the same in every run. */
export function authorKey(author: number): BenchKey {
  let key = authorKeys.get(author);
  if (!key) {
    const secret = createHash("sha256").update(`kez-chat bench author ${author}`).digest();
    key = { secret, pubkey: bytesToHex(xOnlyPointFromScalar(secret)) };
    authorKeys.set(author, key);
  }
  return key;
}

/** An id for an event that nobody checks. */
export function madeUpId(index: number): string {
  return createHash("sha256").update(`kez-chat bench event ${index}`).digest("hex");
}
