import { isUnsent } from "../chats/conversation/conversation_changes.ts";
import { attachmentOf } from "../chats/files/files.ts";
import type { Ledger } from "../chats/ledger.ts";
import type { Owner } from "../chats/conversation/conversation_view.ts";
import type { BackupEntry } from "./backup_entry.ts";
import type { MessageRecord } from "../storage/chat_records.ts";
import type { BackupWriter } from "./backup_lines.ts";
import { partsOf } from "./file_parts.ts";
import { SETTING_NAMES } from "./settings.ts";

/** Messages that are read at a time. */
const PAGE_MESSAGES = 200;

/**
 * Writes everything that chats keep into a backup: conversations, messages with the files that are here, settings; no keys,
 * and nothing that waits.
 *
 * @param onProgress told how many messages are done, of how many
 * @throws UserError `storage_failed`, and the signal's reason
 */
export async function exportBackup(
  { ledger, owner, nowMs }: { ledger: Ledger; owner: Owner; nowMs(): number },
  { writer, signal, onProgress }: {
    writer: BackupWriter;
    signal: AbortSignal;
    onProgress(done: number, total: number): void;
  },
): Promise<Blob> {
  const { storage } = ledger;
  const { primary, handle, server } = owner;
  const write = (entry: BackupEntry) => writer.write(entry);
  const writeMessage = async (message: MessageRecord) => {
    await write({ message });
    const { from, id } = message;
    const bytes = attachmentOf(message) && await storage.file(message);
    if (bytes) { for (const file of partsOf({ from, id, bytes })) await write({ file }); }
  };
  await write({ account: { primary, handle, server }, madeAtMs: nowMs() });
  for (const name of SETTING_NAMES) {
    const value = await storage.value(name);
    if (value !== null) await write({ setting: { name, value } });
  }
  for (const conversation of ledger.conversations()) {
    // A code is a key to this account's door; what people publish is had from them.
    await write({ conversation: { ...conversation, inviteCode: null, profile: null } });
  }
  const total = await storage.countMessages();
  let done = 0;
  for (let after: string | null = null, isEnd = false; !isEnd;) {
    signal.throwIfAborted();
    const { messages, next } = await storage.messagePage({ after, limit: PAGE_MESSAGES });
    for (const message of messages) {
      signal.throwIfAborted();
      if (!isUnsent(message)) await writeMessage(message);
    }
    done += messages.length;
    onProgress(done, Math.max(total, done));
    after = next;
    isEnd = next === null;
  }
  return await writer.finish();
}
