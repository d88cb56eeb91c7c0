import { sealAttachment } from "../../protocol/attachment_cipher.ts";
import { MAX_KEPT_BYTES } from "../attachments/file_limit.ts";
import { isUnsent, lastMessage } from "../chats/conversation/conversation_changes.ts";
import type { Owner } from "../chats/conversation/conversation_view.ts";
import { attachmentOf } from "../chats/files/files.ts";
import type { Ledger } from "../chats/ledger.ts";
import type { ImportOutcome } from "../chats/model/model.ts";
import type { Change } from "../storage/chat_changes.ts";
import type { ConversationRecord, MessageRecord } from "../storage/chat_records.ts";
import { UserError } from "../user_error.ts";
import { parseEntry } from "./backup_entry.ts";
import type { OpenBackup } from "./backup_lines.ts";
import { type BackupFile, createFileJoiner } from "./file_parts.ts";
import { mergeConversation, mergeMessage, restoredConversation, restoredMessage } from "./merge.ts";

interface ImportDeps {
  ledger: Ledger;
  owner: Owner;
  nowMs(): number;
  /** Takes over a setting that was never made on this device. */
  takeSetting(setting: { name: string; value: unknown }): Promise<void>;
}

/** Messages that are written in one transaction. */
const BATCH_MESSAGES = 200;

/**
 * Merges a backup into what is on this device. All of it is checked before anything is written; it can be done again,
 * and ended in between, without harm.
 *
 * @param onProgress told how many messages are done, of how many
 * @throws UserError `backup_damaged`, `backup_other_account`, `storage_failed`, and the signal's reason
 */
export async function importBackup(
  deps: ImportDeps,
  { backup, signal, onProgress }: {
    backup: OpenBackup;
    signal: AbortSignal;
    onProgress(done: number, total: number): void;
  },
): Promise<ImportOutcome> {
  const total = await check(backup, { owner: deps.owner, signal });
  const merge = createMerge(deps);
  const files = createFileJoiner();
  let done = 0;
  for await (const value of backup.values()) {
    signal.throwIfAborted();
    const entry = parseEntry(value);
    if ("setting" in entry) await deps.takeSetting(entry.setting);
    else if ("conversation" in entry) await merge.conversation(entry.conversation);
    else if ("message" in entry) {
      await merge.message(entry.message);
      if (++done % BATCH_MESSAGES === 0) onProgress(done, total);
    } else if ("file" in entry) {
      const file = files.add(entry.file);
      if (file) await merge.file(file);
    }
  }
  await merge.finish();
  onProgress(total, total);
  return merge.outcome;
}

/** How many messages a backup has, once every byte of it is known to be right. */
async function check(
  backup: OpenBackup,
  { owner, signal }: { owner: Owner; signal: AbortSignal },
): Promise<number> {
  const files = createFileJoiner();
  let messages = 0;
  let isFirst = true;
  for await (const value of backup.values()) {
    signal.throwIfAborted();
    const entry = parseEntry(value);
    if (isFirst !== "account" in entry) throw new UserError("backup_damaged");
    if ("account" in entry && entry.account.primary !== owner.primary) {
      throw new UserError("backup_other_account", { detail: entry.account.handle });
    }
    if ("file" in entry) files.add(entry.file);
    else files.expectWhole();
    if ("message" in entry) messages++;
    isFirst = false;
  }
  files.expectWhole();
  if (isFirst) throw new UserError("backup_damaged");
  return messages;
}

function createMerge({ ledger, owner, nowMs }: ImportDeps) {
  const outcome: ImportOutcome = { conversations: 0, messages: 0 };
  const touched = new Set<string>();
  let batch: MessageRecord[] = [];

  /** The conversation that a primary's messages stand in: its own, or that of the identity that took its place. */
  function homeOf(primary: string): ConversationRecord | null {
    const isFormer = (one: ConversationRecord) =>
      one.predecessors.some((former) => former.primary === primary);
    return ledger.conversation(primary) ?? ledger.conversations().find(isFormer) ?? null;
  }

  async function changesOf(saved: MessageRecord): Promise<Change[]> {
    const peer = homeOf(saved.peer)?.primary;
    const isOver = saved.expiresAtMs !== null && saved.expiresAtMs <= nowMs();
    if (!peer || isOver || isUnsent(saved)) return [];
    const known = await ledger.storage.message(saved);
    const message = known ? mergeMessage(known, saved) : restoredMessage({ ...saved, peer });
    if (message === known) return [];
    if (!known) outcome.messages++;
    touched.add(message.peer);
    return [{ put: "message", message }];
  }

  function flush(): Promise<void> {
    const saved = batch;
    batch = [];
    return ledger.write(async () => {
      await ledger.commit((await Promise.all(saved.map(changesOf))).flat());
    });
  }

  /** Only the very bytes that a message names become its file: sealed anew under its key, they have its hash. */
  async function isFileOf(message: MessageRecord, bytes: Uint8Array): Promise<boolean> {
    const body = attachmentOf(message);
    if (body?.size !== bytes.length) return false;
    return (await sealAttachment(bytes, body)).sha256 === body.sha256;
  }

  async function keepFile({ from, id, bytes }: BackupFile): Promise<void> {
    const { storage } = ledger;
    const message = await storage.message({ from, id });
    if (!message || await storage.file(message) || !await isFileOf(message, bytes)) return;
    await ledger.commit([{ put: "file", from, id, bytes, cachedAtMs: nowMs() }]);
    const surplus = await storage.surplusFiles(MAX_KEPT_BYTES);
    await ledger.commit(surplus.map((key): Change => ({ delete: "file", key })));
  }

  /** The line of each conversation in the list shows its newest message. */
  async function refresh(primary: string): Promise<void> {
    const conversation = ledger.conversation(primary);
    const newest = (await ledger.storage.newestMessages(primary, { limit: 1 }))[0];
    if (!conversation || !newest) return;
    const last = lastMessage(newest, newest.from === owner.primary);
    await ledger.commit([{ put: "conversation", conversation: { ...conversation, last } }]);
  }

  return {
    outcome,
    conversation: (saved: ConversationRecord) =>
      ledger.write(async () => {
        const known = homeOf(saved.primary);
        if (!known) outcome.conversations++;
        const conversation = known ? mergeConversation(known, saved) : restoredConversation(saved);
        await ledger.commit([{ put: "conversation", conversation }]);
      }),
    async message(saved: MessageRecord) {
      if (batch.push(saved) >= BATCH_MESSAGES) await flush();
    },
    /** Of a message that came before. */
    async file(file: BackupFile) {
      await flush();
      await ledger.write(() => keepFile(file));
    },
    async finish() {
      await flush();
      for (const primary of touched) await ledger.write(() => refresh(primary));
    },
  };
}
