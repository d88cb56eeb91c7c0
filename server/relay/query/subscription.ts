import { Buffer } from "node:buffer";
import type { NostrEvent } from "../../../protocol/nostr_event.ts";
import type { Outbox } from "../connection/outbox.ts";

/** Where a connection's frames go, and what it may be given. */
export interface Reader extends Outbox {
  /** Whom it is counted for. */
  readonly client: string;
  /** True where this reader may be given an event now. */
  canRead(event: NostrEvent): boolean;
}

/** An open REQ: stored events first, live ones from the moment it is there. */
export interface Subscription {
  readonly id: string;
  readonly reader: Reader;
  isOpen: boolean;
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

/** An EVENT frame up to the event's JSON; a bracket ends it. */
export function framePrefix(id: string): string {
  return `["EVENT",${JSON.stringify(id)},`;
}
