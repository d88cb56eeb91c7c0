import type { MessageRecord } from "../../storage/chat_records.ts";
import { messageKey } from "./message_view.ts";
import { isSame, type MessageWindow, without, withRecord } from "./message_window.ts";
import type { SendOptions } from "../model/thread_model.ts";
import type { Draft, Outbound } from "../outgoing/outbound.ts";

/** What the owner says in a thread: shown at once, then queued. */
export interface ThreadSending {
  /**
   * Shows an own message, and queues it; once, however often it is asked for.
   *
   * @throws UserError `storage_failed`: then it is shown as failed, and waits for {@link retry}
   */
  say(
    make: (wish: { peer: string; id?: string; replyTo?: string }) => Draft | Promise<Draft>,
    options: SendOptions,
  ): Promise<void>;
  /** Queues what the disk did not take. False where there is no such message. */
  retry(key: string): Promise<boolean>;
  /** Takes back what the disk did not take. False where there is no such message. */
  takeBack(key: string): boolean;
}

/**
 * @param shown what the thread shows now
 * @param show shows something else
 * @param showLatest brings the thread to its newest messages
 */
export function createThreadSending(
  { peer, ownPrimary, outbound, shown, show, showLatest }: {
    peer: string;
    ownPrimary: string;
    outbound: Pick<Outbound, "queue">;
    shown(): MessageWindow;
    show(window: MessageWindow): void;
    showLatest(): Promise<void>;
  },
): ThreadSending {
  /** Shown at once, but not on disk: the disk failed. */
  const unqueued = new Map<string, Draft>();

  const keyOf = ({ id, from }: MessageRecord) => messageKey({ id, isOwn: from === ownPrimary });

  async function queue(draft: Draft): Promise<void> {
    show(withRecord(shown(), draft.record));
    const key = keyOf(draft.record);
    unqueued.delete(key);
    try {
      await outbound.queue(draft);
    } catch (error) {
      unqueued.set(key, draft);
      show(withRecord(shown(), { ...draft.record, status: "failed" }));
      throw error;
    }
  }

  return {
    async say(make, { id, replyTo: replyKey }) {
      if (shown().hasNewer) await showLatest();
      const replyTo = replyKey?.slice(replyKey.indexOf("-") + 1);
      const isSaid = () => shown().records.some((one) => one.id === id && one.from === ownPrimary);
      if (isSaid()) return;
      const made = make({ peer, id, replyTo });
      // A text is shown in this very moment.
      const draft = made instanceof Promise ? await made : made;
      if (!isSaid()) await queue(draft);
    },
    async retry(key) {
      const draft = unqueued.get(key);
      if (draft) await queue(draft);
      return draft !== undefined;
    },
    takeBack(key) {
      const draft = unqueued.get(key);
      if (!draft) return false;
      unqueued.delete(key);
      show(without(shown(), (record) => isSame(record, draft.record)));
      return true;
    },
  };
}
