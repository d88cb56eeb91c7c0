import * as v from "valibot";
import { isPrimary } from "../../../protocol/identity.ts";
import type { ConversationRecord } from "../../storage/chat_records.ts";

/** What all devices of the owner share of a conversation. Each of three parts has a time of its own. */
export interface SharedConversation {
  primary: string;
  /** `handle@server`, so that a new device can look the contact up; null where it is not known. */
  handle: string | null;
  /** What the owner set, and when that was last changed. `request`: unblocked, and not accepted yet. */
  state: "accepted" | "blocked" | "request";
  muted: boolean;
  pinned: boolean;
  archived: boolean;
  nickname: string | null;
  verified: boolean;
  changed_at: number;
  /** How long new messages stay, in seconds, and when that was set. */
  timer: number | null;
  timer_at: number;
  /** When the newest message that was read was sent. */
  read_to: number;
}

const timeMs = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const SharedShape = v.looseObject({
  primary: v.pipe(v.string(), v.check(isPrimary)),
  handle: v.nullable(v.pipe(v.string(), v.maxLength(320))),
  state: v.picklist(["accepted", "blocked", "request"]),
  muted: v.boolean(),
  pinned: v.boolean(),
  archived: v.boolean(),
  nickname: v.nullable(v.pipe(v.string(), v.maxLength(256))),
  verified: v.boolean(),
  changed_at: timeMs,
  timer: v.nullable(v.pipe(v.number(), v.safeInteger(), v.minValue(1))),
  timer_at: timeMs,
  read_to: timeMs,
});
const StateShape = v.looseObject({ conversations: v.array(v.unknown()) });

/** Conversations of one sync that are looked at. */
const MAX_CONVERSATIONS = 1_000;

/** What another device says; what this version does not understand is left out. */
export function parseSyncState(state: unknown): SharedConversation[] {
  if (!v.is(StateShape, state)) return [];
  return state.conversations.slice(0, MAX_CONVERSATIONS).filter((each) => v.is(SharedShape, each));
}

/** What this device says of a conversation; null where the owner has not decided about it. */
export function sharedOf(record: ConversationRecord): SharedConversation | null {
  const { primary, contact, claimedHandle, state } = record;
  if (state === "request" && record.changedAtMs === 0) return null;
  return {
    primary,
    handle: contact ? `${contact.handle}@${contact.server}` : claimedHandle,
    // A changed key is found out by every device itself.
    state: state === "key_changed" ? "accepted" : state,
    muted: record.isMuted,
    pinned: record.isPinned,
    archived: record.isArchived,
    nickname: record.nickname,
    verified: record.isVerified,
    changed_at: record.changedAtMs,
    timer: record.timerS,
    timer_at: record.timerAtMs,
    read_to: record.readToMs,
  };
}

/**
 * The conversation with what another device says: of each part the later change wins, of two at one time the same one on
 * every device; reading only goes forward. In whatever order devices hear of each other, and how often, they end alike.
 */
export function withShared(
  record: ConversationRecord,
  told: SharedConversation,
): ConversationRecord {
  const own = sharedOf(record);
  const isLater = own === null || compareSettings(told, own) > 0;
  const isTimerLater = told.timer_at - record.timerAtMs || (told.timer ?? 0) - (record.timerS ?? 0);
  return {
    ...record,
    ...(isLater ? settingsOf(told, record) : {}),
    ...(isTimerLater > 0
      ? { timerS: told.timer, timerAtMs: told.timer_at, isTimerUntold: false }
      : {}),
    claimedHandle: record.claimedHandle ?? told.handle,
    readToMs: Math.max(record.readToMs, told.read_to),
    readElsewhereToMs: Math.max(record.readElsewhereToMs, told.read_to),
    shared: {
      changedAtMs: Math.max(record.shared.changedAtMs, told.changed_at),
      timerAtMs: Math.max(record.shared.timerAtMs, told.timer_at),
      readToMs: Math.max(record.shared.readToMs, told.read_to),
    },
  };
}

/** True where other devices do not know all of it. */
export function isSyncDue(record: ConversationRecord): boolean {
  const { shared, changedAtMs, timerAtMs, readToMs } = record;
  return sharedOf(record) !== null &&
    (changedAtMs > shared.changedAtMs || timerAtMs > shared.timerAtMs ||
      readToMs > shared.readToMs);
}

/** The conversation once all of it was told. */
export function withAllShared(record: ConversationRecord): ConversationRecord {
  const { changedAtMs, timerAtMs, readToMs } = record;
  return { ...record, shared: { changedAtMs, timerAtMs, readToMs } };
}

function settingsOf(
  told: SharedConversation,
  { state, isStranger }: ConversationRecord,
): Partial<ConversationRecord> {
  const isStillChanged = state === "key_changed" && told.state === "accepted";
  return {
    state: isStillChanged ? state : told.state,
    isMuted: told.muted,
    isPinned: told.pinned,
    isArchived: told.archived,
    nickname: told.nickname,
    isVerified: told.verified,
    changedAtMs: told.changed_at,
    ...(state === "request" ? { requestCount: 0, requestBytes: 0 } : {}),
    ...(told.state === "blocked"
      ? { unread: 0, isStranger: isStranger || state === "request" }
      : {}),
    ...(told.state === "accepted" ? { isStranger: false } : {}),
  };
}

/** Above zero where `a` is the later word; a strict order, so that all devices choose the same one. */
function compareSettings(a: SharedConversation, b: SharedConversation): number {
  if (a.changed_at !== b.changed_at) return a.changed_at - b.changed_at;
  const [first, second] = [rankOf(a), rankOf(b)];
  return first === second ? 0 : first > second ? 1 : -1;
}

function rankOf(shared: SharedConversation): string {
  const { state, muted, pinned, archived, verified, nickname } = shared;
  // Whoever was accepted in the same moment is no stranger any more.
  const standing = state === "request" ? "" : state;
  return JSON.stringify([standing, muted, pinned, archived, verified, nickname ?? ""]);
}
