import type { Change } from "../storage/chat_changes.ts";
import type { MessageRecord } from "../storage/chat_records.ts";
import { compareOrder } from "./conversation_changes.ts";
import { type Owner, viewConversation } from "./conversation_view.ts";
import type { Ledger } from "./ledger.ts";
import type { Drafts } from "./drafts.ts";
import { messageKey, viewMessage } from "./message_view.ts";
import type { Live } from "./live.ts";
import type { ConversationView, MessageView, Thread } from "./model.ts";
import type { Draft, Outbound } from "./outbound.ts";
import type { Outbox } from "./outbox.ts";
import { withAllRead } from "./read_state.ts";

/** Messages that a thread loads at a time. */
export const PAGE_MESSAGES = 50;

/** A thread that tells of its changes. */
export type LiveThread = Live<Thread>;

/**
 * Opens the newest messages of a conversation, and follows it.
 *
 * @throws UserError `storage_failed`
 */
export async function openThread(
  { ledger, outbound, outbox, drafts, owner, primary, nowMs }: {
    ledger: Ledger;
    outbound: Outbound;
    outbox: Outbox;
    drafts: Drafts;
    owner: Owner;
    primary: string;
    nowMs(): number;
  },
): Promise<LiveThread> {
  const { storage } = ledger;
  const listeners = new Set<() => void>();
  /** Shown at once, but not on disk: the disk failed. */
  const unqueued = new Map<string, Draft>();
  let conversation: ConversationView = {
    ...viewConversation(ledger.conversation(primary)!, owner),
    draft: drafts.of(primary),
  };
  let records: MessageRecord[] = [];
  let views: MessageView[] = [];
  let hasOlder = false;
  let loading: Promise<void> | null = null;
  const viewed = new WeakMap<MessageRecord, MessageView>();

  const keyOf = ({ id, from }: MessageRecord) => messageKey({ id, isOwn: from === owner.primary });

  function show(next: MessageRecord[]): void {
    records = next;
    views = records.map((record) => {
      const view = viewed.get(record) ?? viewMessage(record, owner.primary);
      viewed.set(record, view);
      return view;
    });
    for (const listener of listeners) listener();
  }

  function withRecord(all: MessageRecord[], record: MessageRecord): MessageRecord[] {
    const at = all.findIndex((one) => one.id === record.id && one.from === record.from);
    if (at >= 0) return all.with(at, record);
    // One that is older than all that is loaded comes when the older ones are loaded.
    if (hasOlder && all[0] && compareOrder(record, all[0]) < 0) return all;
    const before = all.findLastIndex((one) => compareOrder(one, record) < 0) + 1;
    return all.toSpliced(before, 0, record);
  }

  function follow(changes: Change[]): void {
    let next = records;
    for (const change of changes) {
      if ("put" in change) {
        if (change.put === "message" && change.message.peer === primary) {
          next = withRecord(next, change.message);
        } else if (change.put === "conversation" && change.conversation.primary === primary) {
          conversation = viewConversation(change.conversation, owner);
        }
      } else if (change.delete === "message") {
        next = next.filter(({ from, id }) => from !== change.from || id !== change.id);
      } else if (change.delete === "messages" || change.delete === "conversation") {
        if (change.primary !== primary) continue;
        next = [];
        hasOlder = false;
      }
    }
    show(next);
  }

  async function readOlder(): Promise<void> {
    const before = records[0];
    const page = await storage.newestMessages(primary, { before, limit: PAGE_MESSAGES + 1 });
    hasOlder = page.length > PAGE_MESSAGES;
    show([...page.slice(-PAGE_MESSAGES), ...records]);
  }

  async function queue(draft: Draft): Promise<void> {
    const key = keyOf(draft.record);
    unqueued.delete(key);
    try {
      await outbound.queue(draft);
    } catch (error) {
      unqueued.set(key, draft);
      show(withRecord(records, { ...draft.record, status: "failed" }));
      throw error;
    }
  }

  // While nothing is written, nothing can come between what is read and what is followed.
  const endFollowing = await ledger.write(async () => {
    await readOlder();
    return ledger.onCommit(follow);
  });

  return {
    get conversation() {
      return conversation;
    },
    get messages() {
      return views;
    },
    get hasOlder() {
      return hasOlder;
    },
    loadOlder() {
      if (!hasOlder) return Promise.resolve();
      // What is written while it is read would be missed, or come back.
      loading ??= ledger.write(async () => {
        if (hasOlder) await readOlder();
      }).finally(() => loading = null);
      return loading;
    },
    async send(text, { id } = {}) {
      if (text.trim() === "") return;
      if (records.some((one) => one.id === id && one.from === owner.primary)) return;
      const draft = outbound.draft({ peer: primary, text, id });
      show(withRecord(records, draft.record));
      await queue(draft);
    },
    async retry(key) {
      const draft = unqueued.get(key);
      if (draft) {
        show(withRecord(records, draft.record));
        return await queue(draft);
      }
      const record = records.find((one) => keyOf(one) === key);
      if (record) await outbox.retry(record);
    },
    markRead: (upToKey) =>
      ledger.write(async () => {
        const current = ledger.conversation(primary);
        if (!current || (current.unread === 0 && !current.isMarkedUnread)) return;
        const toMs = records.find((record) => keyOf(record) === upToKey)?.atMs;
        const read = await withAllRead(current, { ledger, toMs, nowMs: nowMs() });
        await ledger.commit([
          ...read.changes,
          { put: "conversation", conversation: read.conversation },
        ]);
      }),
    setDraft: (text) => drafts.set(primary, text),
    close() {
      void drafts.flush();
      endFollowing();
      listeners.clear();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
