import type { OutgoingFile } from "../../../../client/chats/model/file_model.ts";
import type { LiveThread } from "../../../../client/chats/thread/thread.ts";
import { untilChange } from "./world.ts";

export const LETTER: OutgoingFile = {
  blob: new Blob(["dear"]),
  name: "letter.txt",
  mime: "text/plain",
};

let lastId = 0;

/** An id for a message, another one each time. */
export function newId(): string {
  return String(++lastId).padStart(32, "0");
}

/** Waits until a thread shows so many messages. */
export function untilCount(thread: LiveThread, count: number): Promise<void> {
  return untilChange(thread, {
    what: `${count} messages`,
    isSo: () => thread.messages.length === count,
  });
}
