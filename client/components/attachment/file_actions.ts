import type { MessageView } from "../../chats/model/message_model.ts";
import type { Thread } from "../../chats/model/thread_model.ts";

/** What may be done to the file of a message; given by its thread. */
export interface FileActions {
  /** Null where it may be fetched, else after what: nothing is of somebody who is not accepted, or is blocked. */
  loadsAfter: "accept" | "unblock" | null;
  /** @throws UserError, see `Thread.openFile` */
  open(): Promise<Blob | null>;
  /** Takes back what is still being uploaded. */
  cancel(): void;
  /** Ends a download; what waits for it is given null. */
  cancelDownload(): Promise<void>;
  /** Shows a picture on the whole screen. */
  view(): void;
}

/** The actions on the file of a message. */
export function fileActions(
  thread: Thread,
  { key, isOwn }: Pick<MessageView, "key" | "isOwn">,
  { cancel, view }: { cancel(key: string): void; view(key: string): void },
): FileActions {
  const { state } = thread.conversation;
  const isHeld = !isOwn && (state === "request" || state === "blocked");
  return {
    loadsAfter: isHeld ? (state === "request" ? "accept" : "unblock") : null,
    open: () => thread.openFile(key),
    cancel: () => cancel(key),
    cancelDownload: () => thread.cancelDownload(key),
    view: () => view(key),
  };
}
