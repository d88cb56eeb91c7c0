import type { Thread } from "../../chats/thread_model.ts";

/** What may be done to the file of a message; given by its thread. */
export interface FileActions {
  /** False for a request: nothing is fetched before its sender is accepted. */
  mayLoad: boolean;
  /** @throws UserError, see `Thread.openFile` */
  open(): Promise<Blob | null>;
  /** Takes back what is still being uploaded. */
  cancel(): void;
  /** Ends a download; what waits for it is given null. */
  cancelDownload(): Promise<void>;
  /** Shows a picture on the whole screen. */
  view(): void;
}

/** The actions on the file of a message, by its key. */
export function fileActions(
  thread: Thread,
  key: string,
  { cancel, view }: { cancel(key: string): void; view(key: string): void },
): FileActions {
  const { state } = thread.conversation;
  return {
    mayLoad: state === "accepted" || state === "key_changed",
    open: () => thread.openFile(key),
    cancel: () => cancel(key),
    cancelDownload: () => thread.cancelDownload(key),
    view: () => view(key),
  };
}
