import type { Change } from "../../storage/chat_changes.ts";
import type { ConversationRecord, MessageRecord } from "../../storage/chat_records.ts";
import type { ChatStorage } from "../../storage/chat_storage.ts";
import { messageOf } from "./message_of_key.ts";
import { messageKey, quotedId } from "./message_view.ts";

/** The messages that those of a thread answer, as they are now: nothing of what was deleted stays in an answer. */
export interface Quotes {
  /** True where a record answers a message that was not looked for yet. */
  lacks(records: readonly MessageRecord[]): boolean;
  /** Looks for what the records answer. Call it where nothing is written meanwhile. @throws UserError `storage_failed` */
  load(records: readonly MessageRecord[]): Promise<void>;
  /** Takes what the records answer from among themselves. */
  takeFrom(records: readonly MessageRecord[]): void;
  /** What a record answers; null where the message is not here, or not any more. */
  of(record: MessageRecord): MessageRecord | null;
  follow(changes: Change[]): void;
}

/** Beyond these, those that are not needed go. */
const MAX_QUOTED = 2_000;

/** @param conversation the conversation as it is now; null where it is gone */
export function createQuotes(
  { storage, owner, conversation }: {
    storage: ChatStorage;
    owner: { primary: string };
    conversation(): ConversationRecord | null;
  },
): Quotes {
  /** By id; null for those that are not here. */
  const quoted = new Map<string, MessageRecord | null>();

  async function find(id: string): Promise<MessageRecord | null> {
    const current = conversation();
    if (!current) return null;
    const scope = { conversation: current, storage, owner };
    return await messageOf(messageKey({ id, isOwn: false }), scope) ??
      await messageOf(messageKey({ id, isOwn: true }), scope);
  }

  const wantedOf = (records: readonly MessageRecord[]) =>
    new Set(records.flatMap((record) => quotedId(record.body) ?? []));

  return {
    lacks: (records) => [...wantedOf(records)].some((id) => !quoted.has(id)),
    async load(records) {
      const wanted = wantedOf(records);
      if (quoted.size > MAX_QUOTED) {
        for (const id of quoted.keys()) if (!wanted.has(id)) quoted.delete(id);
      }
      for (const id of wanted) if (!quoted.has(id)) quoted.set(id, await find(id));
    },
    takeFrom(records) {
      const lacking = [...wantedOf(records)].filter((id) => !quoted.has(id));
      for (const id of lacking) {
        const found = records.find((record) => record.id === id);
        if (found) quoted.set(id, found);
      }
    },
    of(record) {
      const id = quotedId(record.body);
      return id === null ? null : quoted.get(id) ?? null;
    },
    follow(changes) {
      for (const change of changes) {
        if ("put" in change) {
          if (change.put !== "message" || !quoted.has(change.message.id)) continue;
          if (change.message.peer === conversation()?.primary) {
            quoted.set(change.message.id, change.message);
          }
        } else if (change.delete === "message" && quoted.get(change.id)?.from === change.from) {
          quoted.set(change.id, null);
        }
      }
    },
  };
}
