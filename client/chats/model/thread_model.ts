import type { ConversationView } from "./conversation_model.ts";
import type { OutgoingFile } from "./file_model.ts";
import type { MessageDetails, MessageView } from "./message_model.ts";

/** What {@link Thread.send} may be told. */
export interface SendOptions {
  /** 32 hex, the message's id; drawn where none is given. A message that was queued under it before is not queued again. */
  id?: string;
  /** The key of the message that it answers. */
  replyTo?: string;
}

/**
 * An open thread: a bounded piece of its messages, which moves where it is asked to.
 *
 * Methods take and return what can be cloned, and may be called twice for one wish, because a tab may end before it has
 * answered: they say what shall be, and never toggle; what makes something new is told its id.
 */
export interface Thread {
  readonly conversation: ConversationView;
  /** Oldest first; the loaded piece, at first the newest ones. */
  readonly messages: readonly MessageView[];
  readonly hasOlder: boolean;
  readonly hasNewer: boolean;
  /** The newest message of the conversation, loaded or not. */
  readonly newest: MessageView | null;
  /** How many messages of the peer have come since the thread was opened. */
  readonly arrivedCount: number;
  loadOlder(): Promise<void>;
  loadNewer(): Promise<void>;
  /** Loads the messages around one; false where it is not there, or not any more. */
  showAround(messageKey: string): Promise<boolean>;
  /** Loads the newest messages again, where they are not. */
  showLatest(): Promise<void>;
  /**
   * Shows the message at once, and resolves once it is queued on disk, and no draft any more.
   *
   * @throws UserError `message_too_long`, `key_changed`, `storage_failed`
   */
  send(text: string, options?: SendOptions): Promise<void>;
  /**
   * Sends a file: its message is shown at once, and leaves once the file is uploaded.
   *
   * @throws UserError `file_too_large`, and what {@link send} throws
   */
  sendFile(file: OutgoingFile, options: SendOptions & { id: string }): Promise<void>;
  /**
   * The file of a message, of a type that may be shown, or of none. Null where the message is not here any more, or its
   * download was cancelled.
   *
   * @throws UserError `file_gone`, `file_damaged`, `file_too_large`, `no_network`, `storage_failed`
   */
  openFile(messageKey: string): Promise<Blob | null>;
  /** Ends the download of a message's file; what waits for it is given null. */
  cancelDownload(messageKey: string): Promise<void>;
  /**
   * What the owner feels about a message; empty for nothing (any more).
   *
   * @param emoji one grapheme
   * @throws UserError `key_changed`, `storage_failed`
   */
  react(messageKey: string, emoji: string): Promise<void>;
  /**
   * Gives an own text other words, at the peer too.
   *
   * @throws UserError `message_too_long`, `key_changed`, `storage_failed`
   */
  edit(messageKey: string, text: string): Promise<void>;
  /**
   * Deletes an own message for all, or any message on this device alone.
   *
   * @throws UserError `key_changed`, `storage_failed`
   */
  deleteMessage(messageKey: string, options: { isForAll: boolean }): Promise<void>;
  /** Null where the message is not here any more. @throws UserError `storage_failed` */
  details(messageKey: string): Promise<MessageDetails | null>;
  /** Sends a failed message again, under the same id. */
  retry(messageKey: string): Promise<void>;
  /**
   * What was really seen: everything, or all up to a message. Contacts are told of it where that is wanted.
   *
   * @throws UserError `storage_failed`
   */
  markRead(upToMessageKey?: string): Promise<void>;
  /** Keeps unsent words; written to disk a moment later. */
  setDraft(text: string): void;
  /** The owner types: the peer is told now and then, where that is wanted. Never rejects. */
  tellTyping(): Promise<void>;
  close(): void;
}
