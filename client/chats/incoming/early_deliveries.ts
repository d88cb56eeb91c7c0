import type { Change } from "../../storage/chat_changes.ts";
import type { MessageRecord } from "../../storage/chat_records.ts";
import { isForward } from "../conversation/conversation_changes.ts";
import { withRunningTimer } from "../conversation/disappearing.ts";
import type { Ledger } from "../ledger.ts";
import { MAX_EVENT_IDS, type ToldEvent } from "../outgoing/sent_events.ts";

/** What is known of messages that another own device has sent, before their copies, or their events, have come. */
export interface EarlyDeliveries {
  /** Events that the other device told. */
  events: ToldEvent[];
  /** Acks that verified, `to` being who acked; they show nothing before their events are told. */
  acks: ToldEvent[];
}

const NAME = "early_deliveries";
/** Of each. Anybody may send acks; a relay takes about as many events of unknown authors in an hour. */
const MAX_EARLY = 600;
const NONE: EarlyDeliveries = { events: [], acks: [] };

/** What waits on this device. */
export async function loadEarly({ storage }: Pick<Ledger, "storage">): Promise<EarlyDeliveries> {
  return await storage.value<EarlyDeliveries>(NAME) ?? NONE;
}

/** The change that keeps what waits; none where that is as before. */
export function earlyChanges(before: EarlyDeliveries, after: EarlyDeliveries): Change[] {
  return after === before ? [] : [{ put: "value", name: NAME, value: after }];
}

/** With an ack or events more; the oldest give way. */
export function withEarly(
  early: EarlyDeliveries,
  { events = [], acks = [] }: Partial<EarlyDeliveries>,
): EarlyDeliveries {
  return { events: added(early.events, events), acks: added(early.acks, acks) };
}

/**
 * An own message from another device after the events that are told of it, and the acks of those. In whatever order copy,
 * events and acks come, it ends alike; where nothing changes both are the very same ones.
 *
 * @param told events that come just now
 */
export function withDelivery(
  message: MessageRecord,
  { early, told = [], nowMs }: { early: EarlyDeliveries; told?: ToldEvent[]; nowMs: number },
): { message: MessageRecord; early: EarlyDeliveries } {
  const isOf = ({ to, id }: ToldEvent) => to === message.peer && id === message.id;
  const events = [...early.events, ...told].filter(isOf).map(({ event_id }) => event_id);
  const fresh = [...new Set(events)].filter((id) => !message.eventIds.includes(id));
  const eventIds = [...message.eventIds, ...fresh].slice(-MAX_EVENT_IDS);
  const isAcked = early.acks.some((ack) => isOf(ack) && eventIds.includes(ack.event_id));
  const known = fresh.length === 0 ? message : { ...message, eventIds };
  const after = isAcked ? asDelivered(known, nowMs) : known;
  const isOver = (each: ToldEvent) => isOf(each) && !isForward(after.status, "delivered");
  const left = {
    events: early.events.filter((event) => !isOf(event)),
    acks: early.acks.filter((ack) => !isOver(ack)),
  };
  const isSame = left.events.length === early.events.length &&
    left.acks.length === early.acks.length;
  return { message: after, early: isSame ? early : left };
}

/** An own message after a verified ack; the very same one where it is as far already. */
export function asDelivered(message: MessageRecord, nowMs: number): MessageRecord {
  if (!isForward(message.status, "delivered")) return message;
  return withRunningTimer({ ...message, status: "delivered", failure: null }, nowMs);
}

function added(known: ToldEvent[], more: ToldEvent[]): ToldEvent[] {
  const keyOf = ({ to, id, event_id }: ToldEvent) => `${to} ${id} ${event_id}`;
  const all = new Map([...known, ...more].map((each) => [keyOf(each), each]));
  return [...all.values()].slice(-MAX_EARLY);
}
