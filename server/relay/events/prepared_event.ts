import { Buffer } from "node:buffer";
import { hash } from "node:crypto";
import { eventPreimage, type NostrEvent } from "../../../protocol/nostr_event.ts";
import type { Claimant } from "./ownership.ts";

/** Whose share of the disk an event uses up. */
export interface Charge {
  /**
   * `mailbox`: what strangers sent to a reader (an addr or nostr key). `member`: what a person published, under however many
   * nostr keys one after the other: by addr, or by nostr key for one that the operator allowed.
   */
  account: "mailbox" | "member";
  key: string;
}

/** What an event does besides being stored: it removes others, all that its claimant owns or those that it names. */
export interface Removal {
  scope: "named" | "everything";
  by: Claimant;
  /** Only who has events or gift wraps here may ask: others have nothing to ask for. */
  mustOwnSomething: boolean;
}

/** An event on its way into the store, its signature not looked at yet. */
export interface PreparedEvent {
  event: NostrEvent;
  /** NIP-01's members alone. Stored and sent to every reader as it is: the only serialisation. */
  json: string;
  /** UTF-8 length of `json`. */
  bytes: number;
  /** Null for an event by a stranger for nobody in particular. */
  charge: Charge | null;
  /** Null for every kind but 5 and 62. */
  removal: Removal | null;
  /** The relay that it goes to, where that holds its reader's mail; null: it is stored here. */
  forwardTo: string | null;
}

/** Drops what NIP-01 does not know and serialises the rest. */
export function prepareEvent(received: NostrEvent): PreparedEvent {
  const { id, pubkey, created_at, kind, tags, content, sig } = received;
  const event = { id, pubkey, created_at, kind, tags, content, sig };
  const json = JSON.stringify(event);
  const bytes = Buffer.byteLength(json);
  return { event, json, bytes, charge: null, removal: null, forwardTo: null };
}

/** True where the id is the hash of the event. Native SHA-256: this runs for every event. */
export function hasOwnId(event: NostrEvent): boolean {
  return hash("sha256", eventPreimage(event), "hex") === event.id;
}
