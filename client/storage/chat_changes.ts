import type { IDBPTransaction, StoreNames } from "idb";
import { claimsName } from "../claims/claim_model.ts";
import type {
  ConversationRecord,
  MessageRecord,
  OutboxEntry,
  PendingAction,
} from "./chat_records.ts";
import type { Stores } from "./database.ts";
import type { Sealer } from "./sealer.ts";

/** Names a message. */
interface MessageName {
  from: string;
  id: string;
}

/** One change to what chats keep. `atMs` is when it happened here; `pool` a contact's primary, or {@link STRANGERS}. */
export type Change =
  | { put: "conversation"; conversation: ConversationRecord }
  | { put: "message"; message: MessageRecord }
  | { put: "outbox"; entry: OutboxEntry }
  | { put: "seen_event"; eventId: string; pool: string; atMs: number }
  | ({ put: "seen_message"; digest: string; pool: string; atMs: number } & MessageName)
  | { put: "cursor"; relayUrl: string; createdAtS: number }
  | { put: "pending"; pending: PendingAction }
  /** The file of a message; `cachedAtMs` is null while this device alone has it. */
  | ({ put: "file"; bytes: Uint8Array; cachedAtMs: number | null } & MessageName)
  /** The file of a message can be fetched again from now on. */
  | ({ put: "file_copy"; cachedAtMs: number } & MessageName)
  /** A picture under a name: that of a person under the primary, with whose conversation it goes. */
  | { put: "picture"; name: string; bytes: Uint8Array }
  /** A JSON value under a name: a setting, a draft. */
  | { put: "value"; name: string; value: unknown }
  /** Its file goes with it. */
  | ({ delete: "message" } & MessageName)
  /** By the name of its row. */
  | { delete: "file"; key: string }
  /** Also deletes every message of it, and what waits for one. */
  | { delete: "conversation"; primary: string }
  | { delete: "messages"; primary: string }
  | ({ delete: "outbox"; type: OutboxEntry["type"] } & MessageName)
  /** All that wait for a message. */
  | { delete: "pending"; peer: string; target: string }
  | { delete: "picture"; name: string }
  | { delete: "value"; name: string };

/** The pool in which the ids of everybody who is not an accepted contact are remembered. */
export const STRANGERS = "strangers";

/** A transaction over some of the stores. */
export type ChatTransaction = IDBPTransaction<Stores, StoreNames<Stores>[], "readwrite">;

/** A write whose ciphertext and tags are computed, so that nothing is awaited inside the transaction. */
interface PreparedWrite {
  store: StoreNames<Stores>;
  /** Issues the write at once; rejects, and never throws, where it fails. */
  apply(transaction: ChatTransaction): Promise<unknown>;
}

/** Seals what changes hold; `apply` then issues all writes in the transaction over `stores` that it is given. */
export async function prepareChanges(changes: Change[], sealer: Sealer): Promise<{
  stores: StoreNames<Stores>[];
  apply(transaction: ChatTransaction): Promise<unknown>[];
}> {
  const writes = (await Promise.all(changes.map((change) => prepare(change, sealer)))).flat();
  return {
    stores: [...new Set(writes.map((write) => write.store))],
    apply: (transaction) => writes.map((write) => write.apply(transaction)),
  };
}

async function prepare(change: Change, sealer: Sealer): Promise<PreparedWrite[]> {
  if (!("put" in change)) return await prepareDelete(change, sealer);
  const write = await preparePut(change, sealer);
  const isEmptied = change.put === "message" && change.message.deletedAtMs !== null;
  return isEmptied ? [write, remove("files", await messageTag(change.message, sealer))] : [write];
}

async function preparePut(
  change: Extract<Change, { put: string }>,
  sealer: Sealer,
): Promise<PreparedWrite> {
  switch (change.put) {
    case "conversation": {
      const key = await sealer.tag("conversation", change.conversation.primary);
      return put("conversations", { key, sealed: await sealer.seal(key, change.conversation) });
    }
    case "message":
      return put("messages", await messageRow(change.message, sealer));
    case "outbox": {
      const { type, from, id } = change.entry;
      const key = await sealer.tag("outbox", type, from, id);
      return put("outbox", { key, sealed: await sealer.seal(key, change.entry) });
    }
    case "seen_event": {
      const key = await sealer.tag("event", change.eventId);
      return put("seen_events", { key, pool: await poolTag(change, sealer), atMs: change.atMs });
    }
    case "seen_message": {
      const { from, id, digest, atMs } = change;
      const key = await messageTag({ from, id }, sealer);
      return put("seen_messages", { key, pool: await poolTag(change, sealer), atMs, digest });
    }
    case "cursor": {
      const key = await sealer.tag("relay", change.relayUrl);
      return put("cursors", { key, createdAtS: change.createdAtS });
    }
    case "pending": {
      const { peer, action, cameAtMs: atMs } = change.pending;
      const key = await sealer.tag("pending", peer, action.target, action.from, action.kind);
      const [conversation, message, sealed] = await Promise.all([
        sealer.tag("conversation", peer),
        sealer.tag("target", peer, action.target),
        sealer.seal(key, change.pending),
      ]);
      return put("pending_actions", { key, conversation, message, atMs, sealed });
    }
    case "file": {
      const { bytes, cachedAtMs } = change;
      const key = await messageTag(change, sealer);
      // A row without the member is not in the index, and so is never thought old.
      const age = cachedAtMs === null ? {} : { cachedAtMs };
      const sealed = await sealer.sealFile(key, bytes);
      return put("files", { key, bytes: bytes.length, ...age, sealed });
    }
    case "file_copy":
      return datedFile(await messageTag(change, sealer), change.cachedAtMs);
    case "picture": {
      const key = await pictureTag(change.name, sealer);
      const sealed = await sealer.sealFile(key, change.bytes);
      return put("files", { key, bytes: change.bytes.length, sealed });
    }
    case "value": {
      const key = await sealer.tag("value", change.name);
      return put("values", { key, sealed: await sealer.seal(key, change.value) });
    }
  }
}

async function prepareDelete(
  change: Extract<Change, { delete: string }>,
  sealer: Sealer,
): Promise<PreparedWrite[]> {
  switch (change.delete) {
    case "message":
      return removeMessage(await messageTag(change, sealer));
    case "file":
      return [remove("files", change.key)];
    case "outbox":
      return [remove("outbox", await sealer.tag("outbox", change.type, change.from, change.id))];
    case "conversation": {
      const key = await sealer.tag("conversation", change.primary);
      const range = IDBKeyRange.bound([key], [key, []]);
      const claims = await sealer.tag("value", claimsName(change.primary));
      return [
        remove("conversations", key),
        remove("values", claims),
        ...removeMessages(key),
        removePending("by_conversation", range),
        remove("files", await pictureTag(change.primary, sealer)),
      ];
    }
    case "messages":
      return removeMessages(await sealer.tag("conversation", change.primary));
    case "pending":
      return [
        removePending("by_message", await sealer.tag("target", change.peer, change.target)),
      ];
    case "picture":
      return [remove("files", await pictureTag(change.name, sealer))];
    case "value":
      return [remove("values", await sealer.tag("value", change.name))];
  }
}

async function messageRow(message: MessageRecord, sealer: Sealer) {
  const { from, id, peer, atMs, arrival, eventIds } = message;
  const key = await messageTag({ from, id }, sealer);
  const [conversation, sealed, ...events] = await Promise.all([
    sealer.tag("conversation", peer),
    sealer.seal(key, message),
    ...eventIds.map((eventId) => sealer.tag("event", eventId)),
  ]);
  // A row without the member is not in the index.
  const expiry = message.expiresAtMs === null ? {} : { expiresAtMs: message.expiresAtMs };
  return { key, conversation, atMs, arrival, events, ...expiry, sealed };
}

/** The row of a picture. */
export function pictureTag(name: string, sealer: Sealer): Promise<string> {
  return sealer.tag("picture", name);
}

/** The tag under which a pool's ids are counted: the contact's conversation, or the strangers'. */
export function poolTag({ pool }: { pool: string }, sealer: Sealer): Promise<string> {
  return pool === STRANGERS ? sealer.tag(STRANGERS) : sealer.tag("conversation", pool);
}

function put<Name extends StoreNames<Stores>>(
  store: Name,
  value: Stores[Name]["value"],
): PreparedWrite {
  return { store, apply: async (transaction) => await transaction.objectStore(store).put(value) };
}

function remove(
  store: "conversations" | "messages" | "outbox" | "values" | "files",
  key: string,
): PreparedWrite {
  return {
    store,
    apply: async (transaction) => await transaction.objectStore(store).delete(key),
  };
}

function removeMessage(key: string): PreparedWrite[] {
  return [remove("messages", key), remove("files", key)];
}

function removeMessages(conversation: string): PreparedWrite[] {
  const messages: PreparedWrite = {
    store: "messages",
    async apply(transaction) {
      const range = IDBKeyRange.bound([conversation], [conversation, []]);
      const files = transaction.objectStore("files");
      let cursor = await transaction.objectStore("messages").index("by_order").openCursor(range);
      for (; cursor; cursor = await cursor.continue()) {
        await Promise.all([cursor.delete(), files.delete(cursor.primaryKey)]);
      }
    },
  };
  return [messages, { store: "files", apply: () => Promise.resolve() }];
}

/** Gives the file of a row its age. */
function datedFile(key: string, cachedAtMs: number): PreparedWrite {
  return {
    store: "files",
    async apply(transaction) {
      const files = transaction.objectStore("files");
      const row = await files.get(key);
      if (row) await files.put({ ...row, cachedAtMs });
    },
  };
}

function messageTag({ from, id }: MessageName, sealer: Sealer): Promise<string> {
  return sealer.tag("message", from, id);
}

function removePending(
  name: "by_message" | "by_conversation",
  query: string | IDBKeyRange,
): PreparedWrite {
  return {
    store: "pending_actions",
    async apply(transaction) {
      const index = transaction.objectStore("pending_actions").index(name);
      await deleteAll(await index.openCursor(query));
    },
  };
}

interface DeletingCursor {
  delete(): Promise<void>;
  continue(): Promise<DeletingCursor | null>;
}

async function deleteAll(first: DeletingCursor | null): Promise<void> {
  for (let cursor = first; cursor; cursor = await cursor.continue()) await cursor.delete();
}
