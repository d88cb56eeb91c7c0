import type { DBSchema } from "idb";
import type { SealedBytes } from "./aes_gcm.ts";
import type { SealedRecord } from "./sealer.ts";
import type { ONLY } from "./vault_store.ts";

/**
 * What chats keep. Keys, `conversation`, `events`, `pool` and `digest` are tags of the sealer; besides these only times
 * in milliseconds and counts stand open.
 */
export interface ChatStores extends DBSchema {
  conversations: { key: string; value: { key: string; sealed: SealedRecord } };
  messages: {
    key: string;
    value: MessageRow;
    indexes: { by_order: [string, number, number]; by_event: string; by_expiry: number };
  };
  /** Event ids that were dealt with: each is opened once. */
  seen_events: { key: string; value: PoolRow; indexes: PoolIndexes };
  /** Message ids that were taken, with the digest of the signed document. */
  seen_messages: { key: string; value: PoolRow & { digest: string }; indexes: PoolIndexes };
  outbox: { key: string; value: { key: string; sealed: SealedRecord } };
  /** How far a relay has been read, in Unix seconds. */
  cursors: { key: string; value: { key: string; createdAtS: number } };
  /** Reactions, edits and deletions that came before their message. */
  pending_actions: {
    key: string;
    value: PendingRow;
    indexes: { by_message: string; by_conversation: [string, number]; by_time: number };
  };
  /** Who may write, by a name drawn for each time that chats are opened: one record, under {@link ONLY}. */
  writer: { key: typeof ONLY; value: string };
  /** The files of messages, each under the key of its message. */
  files: { key: string; value: FileRow; indexes: { by_age: [number, number] } };
  /** Settings, drafts, and whatever else there is one of. */
  values: { key: string; value: { key: string; sealed: SealedRecord } };
}

export interface MessageRow {
  key: string;
  conversation: string;
  atMs: number;
  /** Breaks ties of `atMs`; grows with every message. */
  arrival: number;
  /** The events that carried it. */
  events: string[];
  /** When it disappears, in milliseconds; missing where it stays. */
  expiresAtMs?: number;
  sealed: SealedRecord;
}

export interface FileRow {
  key: string;
  /** Size of the file. */
  bytes: number;
  /** Since when it could be fetched again; missing while this device alone has it. */
  cachedAtMs?: number;
  sealed: SealedBytes;
}

/** An action that waits; `message` is the tag of the message that it is for. */
export interface PendingRow {
  key: string;
  conversation: string;
  message: string;
  atMs: number;
  sealed: SealedRecord;
}

/** A remembered id; `pool` is the contact that it counts against. */
export interface PoolRow {
  key: string;
  pool: string;
  atMs: number;
}

type PoolIndexes = { by_time: number; by_pool: [string, number] };

/**
 * Brings the stores of chats up to date; `fromVersion` is 0 where there is no database yet.
 *
 * @param transaction of the upgrade, in which the stores of earlier versions can be changed
 */
export function createChatStores(
  { database, transaction, fromVersion }: {
    database: IDBDatabase;
    transaction: IDBTransaction;
    fromVersion: number;
  },
): void {
  if (fromVersion < 1) createFirstStores(database);
  if (fromVersion < 2) {
    transaction.objectStore("messages").createIndex("by_expiry", "expiresAtMs");
    database.createObjectStore("writer");
    database.createObjectStore("values", { keyPath: "key" });
    const files = database.createObjectStore("files", { keyPath: "key" });
    files.createIndex("by_age", ["cachedAtMs", "bytes"]);
    const pending = database.createObjectStore("pending_actions", { keyPath: "key" });
    pending.createIndex("by_message", "message");
    pending.createIndex("by_conversation", ["conversation", "atMs"]);
    pending.createIndex("by_time", "atMs");
  }
}

function createFirstStores(database: IDBDatabase): void {
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
