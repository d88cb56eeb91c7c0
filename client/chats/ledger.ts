import type { Change } from "../storage/chat_changes.ts";
import type { ConversationRecord } from "../storage/chat_records.ts";
import type { ChatStorage } from "../storage/chat_storage.ts";
import { UserError } from "../user_error.ts";
import { createSerialQueue } from "../serial_queue.ts";

/** Every conversation, in memory and on disk, with one writer. */
export interface Ledger {
  readonly storage: ChatStorage;
  conversation(primary: string): ConversationRecord | null;
  conversations(): ConversationRecord[];
  /**
   * Runs a task while no other one reads and writes. Inside it, `commit`; never `write` again.
   *
   * @throws UserError `storage_failed` once closed, and what the task throws
   */
  write<T>(task: () => Promise<T>): Promise<T>;
  /** Writes changes to disk in one transaction, then shows them to everybody who listens. */
  commit(changes: Change[]): Promise<void>;
  /** A number greater than every one before it. */
  nextArrival(): number;
  onCommit(listener: (changes: Change[]) => void): () => void;
  /** Resolves once everything asked for so far is written; nothing is written after that. */
  close(): Promise<void>;
}

/**
 * Loads all conversations; from then on the memory is what counts.
 *
 * @throws UserError `storage_failed`
 */
export async function openLedger(
  { storage, nowMs }: { storage: ChatStorage; nowMs: () => number },
): Promise<Ledger> {
  const queue = createSerialQueue();
  const listeners = new Set<(changes: Change[]) => void>();
  const records = await storage.conversations();
  const conversations = new Map(records.map((record) => [record.primary, record]));
  let isClosed = false;
  let lastArrival = Math.max(0, ...records.map(({ last }) => last?.arrival ?? 0));

  return {
    storage,
    conversation: (primary) => conversations.get(primary) ?? null,
    conversations: () => [...conversations.values()],
    write: (task) =>
      queue.run(() => isClosed ? Promise.reject(new UserError("storage_failed")) : task()),
    async commit(changes) {
      if (changes.length === 0) return;
      await storage.commit(changes);
      for (const change of changes) {
        if ("put" in change) {
          if (change.put !== "conversation") continue;
          conversations.set(change.conversation.primary, change.conversation);
        } else if (change.delete === "conversation") conversations.delete(change.primary);
      }
      for (const listener of listeners) listener(changes);
    },
    nextArrival: () => lastArrival = Math.max(lastArrival + 1, nowMs()),
    onCommit(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () =>
      queue.run(() => {
        isClosed = true;
        return Promise.resolve();
      }),
  };
}
