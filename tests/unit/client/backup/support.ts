import "fake-indexeddb/auto";
import { concatBytes, owned, utf8ToBytes } from "../../../../protocol/bytes.ts";
import { createBackupWriter, openBackup } from "../../../../client/backup/backup_lines.ts";
import { exportBackup } from "../../../../client/backup/export_backup.ts";
import { importBackup } from "../../../../client/backup/import_backup.ts";
import { emptyConversation } from "../../../../client/chats/conversation/conversation_changes.ts";
import { type Ledger, openLedger } from "../../../../client/chats/ledger.ts";
import type { ImportOutcome } from "../../../../client/chats/model/model.ts";
import type { DeriveKey } from "../../../../client/session/argon2.ts";
import type { ConversationRecord, MessageRecord } from "../../../../client/storage/chat_records.ts";
import { createChatStorage } from "../../../../client/storage/chat_storage.ts";
import { openDatabase } from "../../../../client/storage/database.ts";
import { MESSAGE_DEFAULTS } from "../../../../client/storage/record_defaults.ts";
import { createSealer } from "../../../../client/storage/sealer.ts";
import { primaryOf } from "../../../../protocol/identity.ts";

export const alice = { handle: "alice", server: "kez.test", primary: primaryOf(secretOf(1)) };
export const bob = primaryOf(secretOf(2));
export const PASSPHRASE = "correct horse battery";
export const NOW_MS = 1_000_000;
export const ARGON2 = { salt: new Uint8Array(16).fill(7), memoryKib: 64, iterations: 1 };

/** As different passphrases have different keys; the real one takes a second. */
export const deriveKey: DeriveKey = async ({ passphrase, salt }) => {
  const named = owned(concatBytes(salt, utf8ToBytes(passphrase)));
  const key = new Uint8Array(await crypto.subtle.digest("SHA-256", named));
  return { key, elapsedMs: 1 };
};

function secretOf(seed: number): Uint8Array {
  return new Uint8Array(32).fill(seed);
}

export function messageOf(number: number, changes: Partial<MessageRecord> = {}): MessageRecord {
  const id = number.toString(16).padStart(32, "0");
  return {
    ...MESSAGE_DEFAULTS,
    id,
    from: bob,
    peer: bob,
    body: { kind: "text", text: `message ${number}` },
    atMs: number,
    arrival: number,
    status: null,
    failure: null,
    eventIds: [],
    digest: `digest of ${number}`,
    bytes: 500,
    ...changes,
  };
}

export function conversationOf(changes: Partial<ConversationRecord> = {}): ConversationRecord {
  return { ...emptyConversation({ primary: bob, state: "accepted", nowMs: 1 }), ...changes };
}

/** What is on one device of Alice's, and its backups. */
export interface Shelf extends Disposable {
  readonly ledger: Ledger;
  /** Settings that were taken over. */
  readonly settings: { name: string; value: unknown }[];
  put(...messages: MessageRecord[]): Promise<void>;
  putConversation(conversation: ConversationRecord): Promise<void>;
  messages(): Promise<MessageRecord[]>;
  save(options?: { passphrase?: string; signal?: AbortSignal }): Promise<Blob>;
  restore(
    file: Blob,
    options?: { passphrase?: string; signal?: AbortSignal; owner?: typeof alice },
  ): Promise<ImportOutcome>;
}

/** A device on which there is nothing yet. */
export async function emptyShelf(): Promise<Shelf> {
  const database = await openDatabase(crypto.randomUUID());
  const sealer = await createSealer(new Uint8Array(32));
  const storage = createChatStorage({ database, sealer });
  const nowMs = () => NOW_MS;
  const ledger = await openLedger({ storage, nowMs });
  const settings: { name: string; value: unknown }[] = [];
  const never = new AbortController().signal;
  return {
    ledger,
    settings,
    put: (...messages) =>
      ledger.write(() =>
        ledger.commit(messages.map((message) => ({ put: "message" as const, message })))
      ),
    putConversation: (conversation) =>
      ledger.write(() => ledger.commit([{ put: "conversation", conversation }])),
    messages: async () =>
      (await storage.messagePage({ after: null, limit: 10_000 })).messages
        .sort((a, b) => a.atMs - b.atMs),
    async save({ passphrase = PASSPHRASE, signal = never } = {}) {
      const writer = await createBackupWriter({ passphrase, deriveKey, argon2: ARGON2 });
      const job = { writer, signal, onProgress() {} };
      return await exportBackup({ ledger, owner: alice, nowMs }, job);
    },
    async restore(file, { passphrase = PASSPHRASE, signal = never, owner = alice } = {}) {
      const backup = await openBackup(file, { passphrase, deriveKey });
      const takeSetting = (setting: { name: string; value: unknown }) => {
        settings.push(setting);
        return Promise.resolve();
      };
      const job = { backup, signal, onProgress() {} };
      return await importBackup({ ledger, owner, nowMs, takeSetting }, job);
    },
    [Symbol.dispose]: () => database.close(),
  };
}
