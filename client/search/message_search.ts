import { type Owner, peerOf } from "../chats/conversation/conversation_view.ts";
import type { Ledger } from "../chats/ledger.ts";
import { messageOf } from "../chats/thread/message_of_key.ts";
import { searchedText } from "../chats/thread/message_view.ts";
import type { MessageHit, SearchQuery, SearchResult } from "../chats/model/search_model.ts";
import type { Pacer } from "../chats/pacer.ts";
import type { Change } from "../storage/chat_changes.ts";
import type { ConversationRecord, MessageRecord } from "../storage/chat_records.ts";
import { searchWords } from "./fold.ts";
import { createSearchIndex, type Found } from "./search_index.ts";
import { snippetOf } from "./snippet.ts";

/** Search over the texts of all messages. */
export interface MessageSearch {
  /** Finds what is taken in so far. @throws UserError `storage_failed` */
  find(query: SearchQuery): Promise<SearchResult>;
  /** Takes in everything that is on the disk; resolves once it has. @throws UserError `storage_failed` */
  build(): Promise<void>;
  stop(): void;
}

/** Messages that are taken in at a time. */
const PAGE_MESSAGES = 50;
const TELL_EVERY_PAGES = 40;
const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

/**
 * A search that begins to follow what is written from now on. Nothing of it is on the disk.
 *
 * @param onChange called whenever a search may find something else than before
 */
export function createMessageSearch(
  { ledger, owner, pacer, onChange }: {
    ledger: Ledger;
    owner: Owner;
    pacer: Pacer;
    onChange(): void;
  },
): MessageSearch {
  const index = createSearchIndex({ own: owner.primary, pacer });
  let isStopped = false;
  let isBuilt = false;

  function take(record: MessageRecord): void {
    const { peer, from, id, atMs } = record;
    index.put({ peer, from, id, atMs, text: searchedText(record) });
  }

  function follow(changes: Change[]): void {
    let isTouched = false;
    for (const change of changes) {
      if ("put" in change ? change.put !== "message" : !isOfMessages(change)) continue;
      isTouched = true;
      if ("put" in change) take((change as Extract<Change, { put: "message" }>).message);
      else if (change.delete === "message") index.remove(change);
      else if ("primary" in change) index.removePeer(change.primary);
    }
    if (isTouched) onChange();
  }

  const endFollowing = ledger.onCommit(follow);

  async function hitOf({ peer, key }: Found, words: string[]): Promise<MessageHit | null> {
    const conversation = ledger.conversation(peer);
    const record = conversation &&
      await messageOf(key, { conversation, storage: ledger.storage, owner });
    if (!record) return null;
    const { text, marks } = snippetOf(searchedText(record), words);
    return {
      peer: peerOf(conversation, owner),
      primary: peer,
      key,
      atMs: record.atMs,
      isOwn: record.from === owner.primary,
      text,
      marks,
    };
  }

  /** A request is not read before it is accepted, and who is blocked is not heard. */
  function isSearched({ state }: ConversationRecord): boolean {
    return state === "accepted" || state === "key_changed";
  }

  return {
    async build() {
      for (let after: string | null = null, page = 1; !isStopped; page++) {
        // While nothing is written, nothing can come between what is read and what is followed.
        const next: string | null = await ledger.write(async () => {
          const read = await ledger.storage.messagePage({ after, limit: PAGE_MESSAGES });
          for (const record of read.messages) {
            take(record);
            await pacer.breathe();
          }
          return read.next;
        });
        if (next === null) break;
        if (page % TELL_EVERY_PAGES === 0) onChange();
        after = next;
      }
      isBuilt = true;
      onChange();
    },
    async find({ text, primary, limit = DEFAULT_LIMIT }) {
      const words = searchWords(text);
      const { found, count } = await index.find(words, {
        limit: Math.min(limit, MAX_LIMIT),
        isWanted(peer) {
          const conversation = ledger.conversation(peer);
          const isAsked = primary === undefined || primary === peer;
          return conversation !== null && isAsked && isSearched(conversation);
        },
      });
      const hits = await Promise.all(found.map((one) => hitOf(one, words)));
      return {
        hits: hits.filter((hit) => hit !== null),
        count,
        state: !isBuilt ? "building" : index.isFull ? "full" : "complete",
      };
    },
    stop() {
      isStopped = true;
      endFollowing();
    },
  };
}

function isOfMessages(change: Extract<Change, { delete: string }>): boolean {
  return ["message", "messages", "conversation"].includes(change.delete);
}
