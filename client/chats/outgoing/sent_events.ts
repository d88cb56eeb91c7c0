import * as v from "valibot";
import { isHex } from "../../../protocol/bytes.ts";
import { isPrimary } from "../../../protocol/identity.ts";
import type { ConversationRecord, MessageRecord } from "../../storage/chat_records.ts";

/** An event under which an own message went out, as one device tells the others. (docs/protocol.md, "Several devices") */
export interface ToldEvent {
  /** The primary of the message's reader. */
  to: string;
  /** The message's. */
  id: string;
  event_id: string;
}

/** A relay that stays away for days makes for many sealings; an ack of any of the last ones counts. */
export const MAX_EVENT_IDS = 200;
/** Events that wait to be told, in one conversation. */
const MAX_UNTOLD = 1_000;
/** Events of one sync that are looked at. */
const MAX_TOLD = 1_000;

const ToldShape = v.looseObject({
  to: v.pipe(v.string(), v.check(isPrimary)),
  id: v.pipe(v.string(), v.check((text) => isHex(text, 16))),
  event_id: v.pipe(v.string(), v.check((text) => isHex(text, 32))),
});
const StateShape = v.looseObject({ sent: v.array(v.unknown()) });

/** What another device says of its sealings; what this version does not understand is left out. */
export function parseToldEvents(state: unknown): ToldEvent[] {
  if (!v.is(StateShape, state)) return [];
  const told = state.sent.slice(0, MAX_TOLD).filter((each) => v.is(ToldShape, each));
  return told.map(({ to, id, event_id }) => ({ to, id, event_id }));
}

/** What this device has still to tell of a conversation. */
export function untoldEventsOf({ primary, untoldEvents }: ConversationRecord): ToldEvent[] {
  return untoldEvents.map(({ id, eventId }) => ({ to: primary, id, event_id: eventId }));
}

/** The conversation once a message has left from this device: the others are to be told under which events it did. */
export function withUntoldEvents(
  conversation: ConversationRecord,
  { id, eventIds }: Pick<MessageRecord, "id" | "eventIds">,
): ConversationRecord {
  const others = conversation.untoldEvents.filter((each) => each.id !== id);
  const all = [...others, ...eventIds.map((eventId) => ({ id, eventId }))];
  return { ...conversation, untoldEvents: all.slice(-MAX_UNTOLD) };
}
