import { Buffer } from "node:buffer";
import { hash } from "node:crypto";
import { eventPreimage, type NostrEvent } from "../../protocol/nostr_event.ts";

/** An event on its way into the store, its signature not looked at yet. */
export interface PreparedEvent {
  event: NostrEvent;
  /** NIP-01's members alone. Stored and sent to every reader as it is: the only serialisation. */
  json: string;
  /** UTF-8 length of `json`. */
  bytes: number;
  /** The reader whose quota it uses up; null for an event by a member or for nobody in particular. */
  heldFor: string | null;
}

/** Drops what NIP-01 does not know and serialises the rest. */
export function prepareEvent(received: NostrEvent): PreparedEvent {
  const { id, pubkey, created_at, kind, tags, content, sig } = received;
  const event = { id, pubkey, created_at, kind, tags, content, sig };
  const json = JSON.stringify(event);
  return { event, json, bytes: Buffer.byteLength(json), heldFor: null };
}

/** True where the id is the hash of the event. Native SHA-256: this runs for every event. */
export function hasOwnId(event: NostrEvent): boolean {
  return hash("sha256", eventPreimage(event), "hex") === event.id;
}
