import type { DBSchema } from "idb";
import type { SealedRecord } from "./sealer.ts";

/**
 * What chats keep. Keys, `conversation`, `events`, `pool` and `digest` are tags of the sealer; besides these only times
 * in milliseconds and counts stand open.
 */
export interface ChatStores extends DBSchema {
  conversations: { key: string; value: { key: string; sealed: SealedRecord } };
  messages: {
    key: string;
    value: MessageRow;
    indexes: { by_order: [string, number, number]; by_event: string };
  };
  /** Event ids that were dealt with: each is opened once. */
  seen_events: { key: string; value: PoolRow; indexes: PoolIndexes };
  /** Message ids that were taken, with the digest of the signed document. */
  seen_messages: { key: string; value: PoolRow & { digest: string }; indexes: PoolIndexes };
  outbox: { key: string; value: { key: string; sealed: SealedRecord } };
  /** How far a relay has been read, in Unix seconds. */
  cursors: { key: string; value: { key: string; createdAtS: number } };
}

export interface MessageRow {
  key: string;
  conversation: string;
  atMs: number;
  /** Breaks ties of `atMs`; grows with every message. */
  arrival: number;
  /** The events that carried it. */
  events: string[];
  sealed: SealedRecord;
}

/** A remembered id; `pool` is the contact that it counts against. */
export interface PoolRow {
  key: string;
  pool: string;
  atMs: number;
}

type PoolIndexes = { by_time: number; by_pool: [string, number] };

/** Brings the stores of chats up to date; `fromVersion` is 0 where there is no database yet. */
export function createChatStores(database: IDBDatabase, fromVersion: number): void {
  if (fromVersion >= 1) return;
  database.createObjectStore("conversations", { keyPath: "key" });
  database.createObjectStore("outbox", { keyPath: "key" });
  database.createObjectStore("cursors", { keyPath: "key" });
  const messages = database.createObjectStore("messages", { keyPath: "key" });
  messages.createIndex("by_order", ["conversation", "atMs", "arrival"]);
  messages.createIndex("by_event", "events", { multiEntry: true });
  for (const name of ["seen_events", "seen_messages"]) {
    const store = database.createObjectStore(name, { keyPath: "key" });
    store.createIndex("by_time", "atMs");
    store.createIndex("by_pool", ["pool", "atMs"]);
  }
}
