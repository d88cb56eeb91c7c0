import { canonicalJson } from "../../protocol/jcs.ts";
import type {
  ConversationRecord,
  MessageOrder,
  MessageRecord,
  OutboxEntry,
  PendingAction,
} from "./chat_records.ts";
import type { Database } from "./database.ts";
import { type Change, type ChatTransaction, pictureTag, prepareChanges } from "./chat_changes.ts";
import { completeConversation, completeMessage } from "./record_defaults.ts";
import { UserError } from "../user_error.ts";
import { OtherWriterError } from "./other_writer_error.ts";
import type { SealedRecord, Sealer } from "./sealer.ts";
import { ONLY } from "./vault_store.ts";

/** Reads and writes what chats keep. Every method throws UserError `storage_failed` for a record that does not open, or a full disk. */
export interface ChatStorage {
  conversations(): Promise<ConversationRecord[]>;
  /** In the order in which they leave. */
  outbox(): Promise<OutboxEntry[]>;
  message(name: { from: string; id: string }): Promise<MessageRecord | null>;
  messageOfEvent(eventId: string): Promise<MessageRecord | null>;
  /** The newest messages of a conversation, or those before a place in it; oldest first. */
  newestMessages(
    peer: string,
    page: { before?: MessageOrder; limit: number },
  ): Promise<MessageRecord[]>;
  /** The messages that follow a place in a conversation, oldest first. */
  newerMessages(
    peer: string,
    page: { after: MessageOrder; limit: number },
  ): Promise<MessageRecord[]>;
  oldestMessages(peer: string, limit: number): Promise<MessageRecord[]>;
  /** Messages of all conversations, in no order that tells anything; `next` is what the page after it begins at. */
  messagePage(
    page: { after: string | null; limit: number },
  ): Promise<{ messages: MessageRecord[]; next: string | null }>;
  /** How many messages there are: everywhere, or in a conversation, or before a time in it. */
  countMessages(part?: { peer: string; beforeMs?: number }): Promise<number>;
  /** The file of a message; null where it is not here. */
  file(name: { from: string; id: string }): Promise<Uint8Array<ArrayBuffer> | null>;
  /** A picture that was kept under a name; null where it is not here. */
  picture(name: string): Promise<Uint8Array<ArrayBuffer> | null>;
  /** The rows of files that could be fetched again, the oldest, as far as all of them take more than `maxBytes`. */
  surplusFiles(maxBytes: number): Promise<string[]>;
  isEventSeen(eventId: string): Promise<boolean>;
  /** The digest of the document that was taken under a message id, also where the message is gone since. */
  takenDigest(name: { from: string; id: string }): Promise<string | null>;
  digestOf(document: unknown): Promise<string>;
  /** Messages that had to disappear by `nowMs`, the first ones first. */
  expiredMessages(nowMs: number, limit: number): Promise<MessageRecord[]>;
  /** When the next message disappears, in milliseconds; null where none does. */
  nextExpiry(): Promise<number | null>;
  /** What came for a message before it came itself. */
  pendingActions(name: { peer: string; target: string }): Promise<PendingAction[]>;
  /** Of what waits in a conversation the oldest, as far as it is more than `max`. */
  surplusActions(peer: string, max: number): Promise<PendingAction[]>;
  /** What was kept under a name; null for nothing. */
  value<T>(name: string): Promise<T | null>;
  /** Unix seconds; null where the relay was never read to its end. */
  cursor(relayUrl: string): Promise<number | null>;
  /**
   * All changes in one transaction: after a crash, or a failure, all of them are there, or none.
   *
   * @throws UserError `storage_failed`; OtherWriterError where another one writes by now
   */
  commit(changes: Change[]): Promise<void>;
  /**
   * From now on nobody else writes: a tab that was frozen, and woke up after another one took over, changes nothing.
   *
   * @param name drawn for this occasion
   * @param onReplaced called whenever a write failed because somebody else has become the writer since
   */
  becomeWriter(name: string, onReplaced?: () => void): Promise<void>;
}

/** Opens the stores of chats. */
export function createChatStorage(
  { database, sealer }: { database: Database; sealer: Sealer },
): ChatStorage {
  const open = async <T>(row: SealedRow | undefined) =>
    row ? await sealer.open<T>(row.key, row.sealed) : null;
  let writer: string | null = null;
  let tellReplaced = () => {};
  const openAll = <T>(rows: SealedRow[]) =>
    Promise.all(rows.map((row) => sealer.open<T>(row.key, row.sealed)));

  const openMessages = async (rows: SealedRow[]) =>
    (await openAll<MessageRecord>(rows)).map(completeMessage);
  const openMessage = async (row: SealedRow | undefined) =>
    row ? (await openMessages([row]))[0]! : null;

  async function openFile(key: string): Promise<Uint8Array<ArrayBuffer> | null> {
    const row = await database.get("files", key);
    return row ? await sealer.openFile(row.key, row.sealed) : null;
  }

  /** The first messages of a range of `by_order`, oldest first. */
  async function firstOf(range: IDBKeyRange, limit: number): Promise<MessageRecord[]> {
    return await openMessages(await database.getAllFromIndex("messages", "by_order", range, limit));
  }

  /** The last ones, oldest first; in three steps, because each step of a cursor takes its time. */
  async function lastOf(range: IDBKeyRange, limit: number): Promise<MessageRecord[]> {
    const index = database.transaction("messages").store.index("by_order");
    const last = await index.openKeyCursor(range, "prev");
    const first = limit > 1 ? await last?.advance(limit - 1) : last;
    const wanted = first
      ? IDBKeyRange.bound(first.key, range.upper, false, range.upperOpen)
      : range;
    return await openMessages(await index.getAll(wanted));
  }

  return {
    conversations: () =>
      told(async () =>
        (await openAll<ConversationRecord>(await database.getAll("conversations")))
          .map(completeConversation)
      ),
    outbox: () =>
      told(async () => {
        const entries = await openAll<OutboxEntry>(await database.getAll("outbox"));
        return entries.sort((a, b) => a.order - b.order);
      }),
    message: ({ from, id }) =>
      told(async () =>
        await openMessage(await database.get("messages", await sealer.tag("message", from, id)))
      ),
    messageOfEvent: (eventId) =>
      told(async () => {
        const tag = await sealer.tag("event", eventId);
        return await openMessage(await database.getFromIndex("messages", "by_event", tag));
      }),
    newestMessages: (peer, { before, limit }) =>
      told(async () => {
        const conversation = await sealer.tag("conversation", peer);
        const end = before ? [before.atMs, before.arrival] : [Infinity, Infinity];
        const range = IDBKeyRange.bound([conversation], [conversation, ...end], true, true);
        return await lastOf(range, limit);
      }),
    newerMessages: (peer, { after, limit }) =>
      told(async () => {
        const conversation = await sealer.tag("conversation", peer);
        const begin = [conversation, after.atMs, after.arrival];
        const range = IDBKeyRange.bound(begin, [conversation, []], true);
        return await firstOf(range, limit);
      }),
    oldestMessages: (peer, limit) =>
      told(async () => {
        const conversation = await sealer.tag("conversation", peer);
        const range = IDBKeyRange.bound([conversation], [conversation, []]);
        return await firstOf(range, limit);
      }),
    expiredMessages: (nowMs, limit) =>
      told(async () => {
        const range = IDBKeyRange.upperBound(nowMs);
        return await openMessages(
          await database.getAllFromIndex("messages", "by_expiry", range, limit),
        );
      }),
    nextExpiry: () =>
      told(async () => {
        const index = database.transaction("messages").store.index("by_expiry");
        return (await index.openCursor())?.key ?? null;
      }),
    pendingActions: ({ peer, target }) =>
      told(async () => {
        const message = await sealer.tag("target", peer, target);
        const rows = await database.getAllFromIndex("pending_actions", "by_message", message);
        return await openAll<PendingAction>(rows);
      }),
    surplusActions: (peer, max) =>
      told(async () => {
        const conversation = await sealer.tag("conversation", peer);
        const range = IDBKeyRange.bound([conversation], [conversation, []]);
        const surplus = await database.countFromIndex("pending_actions", "by_conversation", range) -
          max;
        if (surplus <= 0) return [];
        return await openAll<PendingAction>(
          await database.getAllFromIndex("pending_actions", "by_conversation", range, surplus),
        );
      }),
    value: <T>(name: string) =>
      told(async () =>
        await open<T>(await database.get("values", await sealer.tag("value", name)))
      ),
    messagePage: ({ after, limit }) =>
      told(async () => {
        const range = after === null ? null : IDBKeyRange.lowerBound(after, true);
        const rows = await database.getAll("messages", range, limit);
        const next = rows.length < limit ? null : rows.at(-1)!.key;
        return { messages: await openMessages(rows), next };
      }),
    countMessages: (part) =>
      told(async () => {
        if (!part) return await database.count("messages");
        const conversation = await sealer.tag("conversation", part.peer);
        const end = [conversation, part.beforeMs ?? []];
        const range = IDBKeyRange.bound([conversation], end, false, true);
        return await database.countFromIndex("messages", "by_order", range);
      }),
    file: ({ from, id }) => told(async () => await openFile(await sealer.tag("message", from, id))),
    picture: (name) => told(async () => await openFile(await pictureTag(name, sealer))),
    surplusFiles: (maxBytes) => told(() => oldestFiles(database, maxBytes)),
    isEventSeen: (eventId) =>
      told(async () => {
        const tag = await sealer.tag("event", eventId);
        return await database.getKey("seen_events", tag) !== undefined;
      }),
    takenDigest: ({ from, id }) =>
      told(async () => {
        const key = await sealer.tag("message", from, id);
        const taken = await database.get("seen_messages", key);
        if (taken) return taken.digest;
        return (await open<MessageRecord>(await database.get("messages", key)))?.digest ?? null;
      }),
    digestOf: (document) => sealer.tag("document", canonicalJson(document)),
    cursor: (relayUrl) =>
      told(async () => {
        const key = await sealer.tag("relay", relayUrl);
        return (await database.get("cursors", key))?.createdAtS ?? null;
      }),
    async commit(changes) {
      const { stores, apply } = await prepareChanges(changes, sealer);
      if (stores.length === 0) return;
      const transaction = () => database.transaction([...stores, "writer"], "readwrite");
      try {
        await told(() => inOneTransaction(transaction(), { apply, writer }));
      } catch (error) {
        if (error instanceof OtherWriterError) tellReplaced();
        throw error;
      }
    },
    becomeWriter: (name, onReplaced = () => {}) =>
      told(async () => {
        await database.put("writer", name, ONLY);
        writer = name;
        tellReplaced = onReplaced;
      }),
  };
}

/** From the newest on, until there is no more room. Their sizes stand in the index: no file is read. */
async function oldestFiles(database: Database, maxBytes: number): Promise<string[]> {
  const surplus: string[] = [];
  let left = maxBytes;
  const index = database.transaction("files").store.index("by_age");
  let cursor = await index.openKeyCursor(null, "prev");
  for (; cursor; cursor = await cursor.continue()) {
    left -= cursor.key[1];
    if (left < 0) surplus.push(cursor.primaryKey);
  }
  return surplus;
}

/** What the browser's database says where it fails, in the words of this app. */
async function told<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (cause) {
    throw cause instanceof DOMException ? new UserError("storage_failed", { cause }) : cause;
  }
}

async function inOneTransaction(
  transaction: ChatTransaction,
  { apply, writer }: {
    apply: (transaction: ChatTransaction) => Promise<unknown>[];
    /** Null where nobody has claimed to be the only one. */
    writer: string | null;
  },
): Promise<void> {
  const { done } = transaction;
  // Awaited below, unless a write fails first.
  done.catch(() => {});
  try {
    const current = writer === null ? null : await transaction.objectStore("writer").get(ONLY);
    if (current === undefined) throw new UserError("storage_failed");
    if (current !== writer) throw new OtherWriterError();
    await Promise.all(apply(transaction));
  } catch (error) {
    transaction.abort();
    throw error;
  }
  await done;
}

interface SealedRow {
  key: string;
  sealed: SealedRecord;
}
