import type { Ledger } from "../chats/ledger.ts";
import type { Owner } from "../chats/conversation_view.ts";
import type { BackupEntry } from "./backup_entry.ts";
import type { BackupWriter } from "./backup_lines.ts";
import { isUnsent } from "./merge.ts";
import { SETTING_NAMES } from "./settings.ts";

/** Messages that are read at a time. */
const PAGE_MESSAGES = 200;

/**
 * Writes everything that chats keep into a backup: conversations, messages, settings; no keys, and nothing that waits.
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
    for (const message of messages) if (!isUnsent(message)) await write({ message });
    done += messages.length;
    onProgress(done, Math.max(total, done));
    after = next;
    isEnd = next === null;
  }
  return await writer.finish();
}
