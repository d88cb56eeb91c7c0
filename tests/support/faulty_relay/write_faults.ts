import type { ClientFrame } from "../../../protocol/nostr_wire.ts";
import type { Fault } from "./fault.ts";

/** Whether an event is meant; without one every event is. */
type Meant = (frame: ClientFrame & { type: "EVENT" }) => boolean;

/** Takes no event: answers each with these words, such as `blocked: not here`. */
export function refusing(message: string, isMeant: Meant = () => true): Fault {
  return {
    fromClient(frame, { link, pass }) {
      if (frame.type !== "EVENT" || !isMeant(frame)) return pass(frame);
      link.send({ type: "OK", eventId: frame.event.id, accepted: false, message });
    },
  };
}

/** Takes events and never says so. */
export function silent(): Fault {
  return {
    fromRelay(frame, { pass }) {
      if (frame.type !== "OK") pass(frame);
    },
  };
}

/**
 * Cuts the connection at an event, once it is stored or before, and goes on like that.
 *
 * @param times after so many events it does so no more
 */
export function dyingInMidSend(
  { isStored, times = Infinity, isMeant = () => true }: {
    isStored: boolean;
    times?: number;
    isMeant?: Meant;
  },
): Fault {
  /** Events whose OK must not get out. */
  const dying = new Set<string>();
  let left = times;
  return {
    fromClient(frame, { link, pass }) {
      if (frame.type !== "EVENT" || left <= 0 || !isMeant(frame)) return pass(frame);
      left--;
      if (!isStored) return link.cut();
      const { id } = frame.event;
      dying.add(id);
      pass(frame);
      dying.delete(id);
      link.cut();
    },
    fromRelay(frame, { pass }) {
      if (frame.type !== "OK" || !dying.has(frame.eventId)) pass(frame);
    },
  };
}
