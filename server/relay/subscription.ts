import { Buffer } from "node:buffer";
import type { NostrEvent } from "../../protocol/nostr_event.ts";
import { encodeRelayFrame } from "../../protocol/nostr_wire.ts";
import type { Found } from "./scan.ts";
import type { TurnTask } from "./turns.ts";
import type { Stream } from "./merge.ts";

/** Where a subscription's frames go. */
export interface Reader {
  /** Sends a text frame. */
  send(frame: string | Buffer): void;
  /** True while so much is unsent that a scan should wait. */
  isBusy(): boolean;
  /** Ends when the reader has taken what was sent so far, or is gone. */
  drained(): Promise<void>;
  /** True where this reader may be given an event now. */
  canRead(event: NostrEvent): boolean;
}

/** An open REQ: stored events first, live ones from the moment it is there. */
export interface Subscription {
  readonly id: string;
  readonly reader: Reader;
  isOpen: boolean;
}

/** Sends what a scan finds, then EOSE; stops without a word where the subscription has ended. */
export function scanTask(
  subscription: Subscription,
  { stream, onFailure }: { stream: Stream<Found>; onFailure(error: unknown): void },
): TurnTask {
  const { reader, id } = subscription;
  const prefix = framePrefix(id);
  const step = (isOver: () => boolean): "done" | "more" | Promise<void> => {
    while (subscription.isOpen) {
      const { done, value } = stream.next();
      if (done) {
        reader.send(encodeRelayFrame({ type: "EOSE", id }));
        return "done";
      }
      if (value) {
        reader.send(`${prefix}${value.json}]`);
        if (reader.isBusy()) return reader.drained();
      }
      if (isOver()) return "more";
    }
    return "done";
  };
  return {
    run(isOver) {
      try {
        return step(isOver);
      } catch (error) {
        onFailure(error);
        return "done";
      }
    },
  };
}

/** Sends a new event to live subscriptions: its JSON, and the frame of each subscription id, are made once. */
export function fanOut(
  subscriptions: readonly Subscription[],
  { event, json }: { event: NostrEvent; json: string },
): void {
  const frames = new Map<string, Buffer>();
  for (const { id, reader } of subscriptions) {
    if (!reader.canRead(event)) continue;
    let frame = frames.get(id);
    if (!frame) frames.set(id, frame = Buffer.from(`${framePrefix(id)}${json}]`));
    reader.send(frame);
  }
}

function framePrefix(id: string): string {
  return `["EVENT",${JSON.stringify(id)},`;
}
