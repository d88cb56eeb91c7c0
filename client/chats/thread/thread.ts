import type { Change } from "../../storage/chat_changes.ts";
import type { MessageRecord } from "../../storage/chat_records.ts";
import { type Owner, viewConversation } from "../conversation/conversation_view.ts";
import type { Ledger } from "../ledger.ts";
import type { Drafts } from "./drafts.ts";
import type { Live } from "../live.ts";
import { messageOf } from "./message_of_key.ts";
import { createMessagePages, PAGE_MESSAGES } from "./message_pages.ts";
import { messageKey } from "./message_view.ts";
import { createMessageViews } from "./message_views.ts";
import {
  EMPTY_WINDOW,
  isNewer,
  isSame,
  MAX_LOADED_MESSAGES,
  type MessageWindow,
  without,
  withRecord,
} from "./message_window.ts";
import type { ConversationView } from "../model/conversation_model.ts";
import type { MessageView } from "../model/message_model.ts";
import type { Thread } from "../model/thread_model.ts";
import type { Files } from "../files/files.ts";
import type { OutgoingFiles } from "../outgoing/outgoing_files.ts";
import type { Outbound } from "../outgoing/outbound.ts";
import type { Outbox } from "../outgoing/outbox.ts";
import type { QuietMail } from "../outgoing/quiet_mail.ts";
import { createQuotes } from "./quotes.ts";
import type { Receipts } from "../conversation/receipts.ts";
import { createThreadActions } from "./thread_actions.ts";
import { createThreadSending } from "./thread_sending.ts";
import type { UnwantedBlobs } from "../files/unwanted_blobs.ts";
import { isUserError } from "../../user_error.ts";
import type { Typing } from "./typing.ts";
import type { Uploads } from "../outgoing/uploads.ts";

/** Read messages that are shown above the first unread one. */
const CONTEXT_MESSAGES = 20;

/** A thread that tells of its changes. */
export type LiveThread = Live<Thread>;

/**
 * Opens the newest messages of a conversation, and follows it.
 *
 * @throws UserError `storage_failed`
 */
export async function openThread(
  { ledger, outbound, outbox, outgoingFiles, uploads, drafts, typing, receipts, ...rest }: {
    ledger: Ledger;
    outbound: Outbound;
    outbox: Outbox;
    outgoingFiles: OutgoingFiles;
    uploads: Uploads;
    files: Files;
    quietMail: QuietMail;
    unwantedBlobs: UnwantedBlobs;
    drafts: Drafts;
    typing: Typing;
    receipts: Pick<Receipts, "markRead">;
    owner: Owner;
    primary: string;
    nowMs(): number;
  },
): Promise<LiveThread> {
  const { owner, primary } = rest;
  const { storage } = ledger;
  const listeners = new Set<() => void>();
  let conversation: ConversationView = {
    ...viewConversation(ledger.conversation(primary)!, owner),
    draft: drafts.of(primary),
    isTyping: typing.isTyping(primary),
  };
  let window: MessageWindow = EMPTY_WINDOW;
  let newest: MessageRecord | null = null;
  let views: MessageView[] = [];
  let arrivedCount = 0;
  let loading: Promise<void> | null = null;
  const pages = createMessagePages({ storage, primary });
  const actions = createThreadActions({ ledger, outbox, ...rest });
  const quotes = createQuotes({ storage, owner, conversation: () => ledger.conversation(primary) });
  const { files } = rest;
  const viewOf = createMessageViews({ ownPrimary: owner.primary, quotes, uploads, files });
  const sending = createThreadSending({
    peer: primary,
    ownPrimary: owner.primary,
    outbound,
    shown: () => window,
    show,
    showLatest,
  });

  const keyOf = ({ id, from }: MessageRecord) => messageKey({ id, isOwn: from === owner.primary });

  function show(next: MessageWindow): void {
    window = next;
    if (!window.hasNewer) newest = window.records.at(-1) ?? null;
    quotes.takeFrom(window.records);
    views = window.records.map(viewOf);
    for (const listener of listeners) listener();
  }

  function noteNewest(record: MessageRecord): void {
    if (newest && isSame(record, newest)) newest = record;
    else if (isNewer(record, newest)) {
      newest = record;
      if (record.from !== owner.primary) arrivedCount++;
    }
  }

  function follow(changes: Change[]): void {
    let next = window;
    for (const change of changes) {
      if ("put" in change) {
        if (change.put === "message" && change.message.peer === primary) {
          noteNewest(change.message);
          next = withRecord(next, change.message);
        } else if (change.put === "conversation" && change.conversation.primary === primary) {
          const isTyping = typing.isTyping(primary);
          conversation = { ...viewConversation(change.conversation, owner), isTyping };
        }
      } else if (change.delete === "message") {
        next = without(next, (record) => isSame(record, change));
      } else if (change.delete === "messages" || change.delete === "conversation") {
        if (change.primary === primary) next = EMPTY_WINDOW;
      }
    }
    quotes.follow(changes);
    show(next);
    if (quotes.lacks(window.records)) void showQuotes();
  }

  /** What a message answers may lie far up. */
  async function showQuotes(): Promise<void> {
    try {
      await ledger.write(() => loadWindow(Promise.resolve(window)));
    } catch (error) {
      // The answer is shown all the same, as one to a message that is not here.
      if (!isUserError(error, "storage_failed")) throw error;
    }
  }

  async function loadWindow(reading: Promise<MessageWindow>): Promise<void> {
    const next = await reading;
    await quotes.load(next.records);
    show(next);
  }

  /** What is written while it is read would be missed, or come back. */
  function load(read: () => Promise<MessageWindow>): Promise<void> {
    loading ??= ledger.write(() => loadWindow(read())).finally(() => loading = null);
    return loading;
  }

  async function loadAround(key: string): Promise<boolean> {
    const conversation = ledger.conversation(primary);
    const record = conversation && await messageOf(key, { conversation, storage, owner });
    if (!record) return false;
    await loadWindow(pages.around(record));
    return true;
  }

  async function showLatest(): Promise<void> {
    await loading;
    if (window.hasNewer) await load(() => pages.newest(PAGE_MESSAGES));
  }

  // While nothing is written, nothing can come between what is read and what is followed.
  const endFollowing = await ledger.write(async () => {
    const wanted = Math.max(PAGE_MESSAGES, conversation.unread + CONTEXT_MESSAGES);
    await loadWindow(pages.newest(Math.min(wanted, MAX_LOADED_MESSAGES)));
    return ledger.onCommit(follow);
  });

  const endUploads = uploads.onChange(() => show(window));
  const endDownloads = files.onChange(() => show(window));
  const endTyping = typing.onChange(() => {
    const isTyping = typing.isTyping(primary);
    if (conversation.isTyping === isTyping) return;
    conversation = { ...conversation, isTyping };
    show(window);
  });

  return {
    get conversation() {
      return conversation;
    },
    get messages() {
      return views;
    },
    get hasOlder() {
      return window.hasOlder;
    },
    get hasNewer() {
      return window.hasNewer;
    },
    get newest() {
      return newest && viewOf(newest);
    },
    get arrivedCount() {
      return arrivedCount;
    },
    loadOlder: async () => {
      if (window.hasOlder) await load(() => pages.older(window));
    },
    loadNewer: async () => {
      if (window.hasNewer) await load(() => pages.newer(window));
    },
    async showAround(key) {
      await loading;
      return views.some((view) => view.key === key) || await ledger.write(() => loadAround(key));
    },
    showLatest,
    async send(text, options = {}) {
      if (text.trim() === "") return;
      const content = { kind: "text" as const, text: text.toWellFormed() };
      const say = () => sending.say((wish) => outbound.draft({ ...wish, content }), options);
      await drafts.send(primary, say);
    },
    sendFile: (file, options) =>
      sending.say((wish) => outgoingFiles.draft(file, { ...wish, id: options.id }), options),
    openFile: actions.openFile,
    cancelDownload: actions.cancelDownload,
    async retry(key) {
      if (await sending.retry(key)) return;
      const record = window.records.find((one) => keyOf(one) === key);
      if (record) await outbox.retry(record);
    },
    react: actions.react,
    edit: actions.edit,
    async deleteMessage(key, options) {
      if (!sending.takeBack(key)) await actions.remove(key, options);
    },
    details: actions.details,
    markRead(upToKey) {
      const upTo = window.records.find((record) => keyOf(record) === upToKey);
      return receipts.markRead(primary, upTo?.atMs);
    },
    setDraft: (text) => drafts.set(primary, text),
    tellTyping: () => typing.tell(primary),
    close() {
      void drafts.flush();
      endFollowing();
      endTyping();
      endUploads();
      endDownloads();
      listeners.clear();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
